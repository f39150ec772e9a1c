import { type Tenant, TenantryError } from '@tenantry/protocol';
import { Attempts } from '@tenantry/protocol/internal';
import { describe, expect, it } from 'vitest';
import { Sieve } from '../memory/sieve.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { checkProtection } from '../protection/protect-options.ts';
import { SourceGuard } from '../protection/source-guard.ts';
import { limits } from '../published-configs.fixture.ts';
import { type HealthParts, healthOf } from './client-health.ts';
import { RefusedTenants } from './refused-tenants.ts';
import { StatusMachine } from './status-machine.ts';

const away = new TenantryError('UNAVAILABLE', 'refused');

/** A client at 1,000 ms that reached Redis and has lost nothing. */
function healthy() {
  const time = { now: 1_000 };
  const clock = () => time.now;
  const machine = new StatusMachine(clock, 'at first');
  machine.happened('followed', 'all is well');
  const lost = new Set<{ lost: string | undefined; memory: TenantMemory }>();
  const status = {
    status: machine.status,
    cutOffAt: undefined as number | undefined,
    whyCutOff: 'there is no connection to Redis',
  };
  const guard = new SourceGuard({
    protection: checkProtection({ breaker: { failures: 2, openMs: 500 } }),
    clock,
    report: () => undefined,
  });
  const refused = new RefusedTenants(clock);
  const parts = {
    status,
    feedAttempts: new Attempts(clock),
    sourceCalls: new Attempts(clock),
    lost,
    refused,
    guard,
    clock,
  };
  return {
    ...parts,
    time,
    machine,
    lose: (tenant: Tenant, why: string) =>
      lost.add({ lost: why, memory: new TenantMemory(tenant, new Sieve(10), clock()) }),
    health: () => healthOf({ ...parts, status: { ...status, status: machine.status } } as HealthParts),
  };
}

describe('health', () => {
  it('is null where all is well', () => {
    expect(healthy().health()).toBeNull();
  });

  it('has the failures of a feed in a row, the last error, and for how long it has been lost', () => {
    // F7
    const client = healthy();
    client.lose('acme', 'Redis does not answer');
    for (let i = 0; i < 3; i++) client.feedAttempts.failed(away);
    client.time.now = 4_000;
    expect(client.health()).toEqual([
      { kind: 'feed', why: 'tenant acme: Redis does not answer', ageMs: 3_000, failures: 3, lastError: away },
    ]);
  });

  it('is one reason for however many feeds that are lost, as old as the oldest', () => {
    const client = healthy();
    client.lose('acme', 'a gap in the feed');
    client.time.now = 2_000;
    for (const tenant of ['globex', 'initech']) client.lose(tenant, 'a gap in the feed');
    expect(client.health()).toMatchObject([
      { kind: 'feed', why: 'tenant acme: a gap in the feed (and 2 tenants more)', ageMs: 1_000, failures: 0 },
    ]);
  });

  it('names each tenant that Redis refuses, up to ten of them, until it no longer does', () => {
    const client = healthy();
    const no = new TenantryError('FORBIDDEN', 'no right');
    for (let i = 0; i < 12; i++) client.refused.note(`t${i}`, 'feed', no);
    client.refused.note('t0', 'records', no);
    client.time.now = 3_000;
    const reasons = client.health() ?? [];
    expect(reasons).toHaveLength(10);
    expect(reasons[0]).toEqual({
      ...{ kind: 'refused', scope: 'tenants/t0', why: 'tenant t0: Redis does not let this user read it' },
      ...{ ageMs: 2_000, failures: 1, lastError: no },
    });
    expect(reasons[9]?.why).toBe('tenant t9: Redis does not let this user read it (and 2 more)');
    for (let i = 0; i < 12; i++) client.refused.note(`t${i}`, 'feed', undefined);
    expect(client.health()).toMatchObject([{ scope: 'tenants/t0' }]);
    client.refused.note('t0', 'records', undefined);
    expect(client.health()).toBeNull();
  });

  it('tells of Redis and of the source besides, each with its age', () => {
    const client = healthy();
    client.status.cutOffAt = 1_000;
    client.time.now = 1_500;
    for (let i = 0; i < 2; i++) client.sourceCalls.failed(away);
    client.time.now = 2_000;
    expect(client.health()).toEqual([
      { kind: 'redis', why: 'there is no connection to Redis', ageMs: 1_000, failures: 0, lastError: undefined },
      { kind: 'source', why: 'the source does not answer', ageMs: 500, failures: 2, lastError: away },
    ]);
    client.status.cutOffAt = undefined;
    client.sourceCalls.succeeded();
    expect(client.health()).toBeNull();
  });

  it('forgets a source that nobody has asked for a minute: Redis has everything', () => {
    const client = healthy();
    client.sourceCalls.failed(away);
    client.time.now += 59_999;
    expect(client.health()).toMatchObject([{ kind: 'source', ageMs: 59_999 }]);
    client.time.now += 1;
    expect(client.health()).toBeNull();
    client.sourceCalls.failed(away);
    expect(client.health()).toMatchObject([{ kind: 'source', ageMs: 60_000, failures: 2 }]);
  });

  it('has the state of each breaker that holds loads back', () => {
    // R24 (reader)
    const client = healthy();
    const fail = () => client.guard.begin('acme', limits).failed(away);
    fail();
    expect(client.health()).toBeNull();
    fail();
    client.time.now = 1_200;
    expect(client.health()).toEqual([
      {
        kind: 'breaker',
        why: 'the breaker of "limits" is open: tried again in 300 ms',
        ageMs: 200,
        failures: 2,
        lastError: away,
      },
    ]);
    client.time.now = 1_500;
    // Nothing is held back: nobody may ever ask for it again.
    expect(client.health()).toBeNull();
    const probe = client.guard.begin('acme', limits);
    expect(client.health()).toMatchObject([
      { why: 'the breaker of "limits" is half open: one load is trying it', ageMs: 500 },
    ]);
    probe.answered();
    expect(client.health()).toBeNull();
  });

  it('of a closed client is that it is closed, and nothing else', () => {
    const client = healthy();
    client.lose('acme', 'closed');
    client.machine.happened('closed', 'the client was closed');
    client.time.now = 3_000;
    expect(client.health()).toEqual([
      { kind: 'closed', why: 'the client was closed', ageMs: 2_000, failures: 0, lastError: undefined },
    ]);
  });
});
