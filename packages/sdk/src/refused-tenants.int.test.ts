import { eventually, monitorCommands } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AclServer } from './acl-server.fixture.ts';
import type { Client } from './create-client.ts';
import { plan, writer } from './layered.fixture.ts';
import { planById, planPut } from './world.fixture.ts';

let acl: AclServer;
beforeAll(async () => {
  acl = await AclServer.start();
});
afterAll(() => acl[Symbol.asyncDispose]());
beforeEach(() => acl.openWorld());
afterEach(() => acl.closeWorld());

const state = async (client: Client) => (await firstValueFrom(client.status$)).state;

/** Watches acme, which the user may read, and globex. */
async function watchBoth(options: Parameters<AclServer['clientAs']>[1] = {}) {
  const client = await acl.clientAs('acme-reader', options);
  const seen: Record<string, [unknown, boolean][]> = { acme: [], globex: [] };
  for (const tenant of ['acme', 'globex'])
    client
      .tenant(tenant)
      .watchEntry(planById(1))
      .subscribe(({ value, stale }) => seen[tenant]?.push([value?.seats, stale]));
  await eventually(() => expect(seen.acme?.at(-1)).toEqual([1, false]));
  return { client, seen };
}

/** The rules that let the user read globex, too; each of them may be left out. */
const GLOBEX = ['k:*', 'epoch', 'feed'] as const;
const rulesFor = (parts: readonly string[] = GLOBEX) => parts.map(part => `%R~${acl.world.prefix}:{globex}:${part}`);
const channel = () => `&${acl.world.prefix}:{globex}:feed`;
const grant = (...rules: readonly string[]) => acl.admin.call('ACL', 'SETUSER', 'acme-reader', ...rules);

const refused = expect.objectContaining({
  kind: 'refused',
  scope: 'tenants/globex',
  lastError: expect.objectContaining({ code: 'FORBIDDEN', retryable: false }),
});

describe('a tenant that the Redis user may not read', () => {
  it('is a reason of its own, and neither the client nor another tenant is any worse for it', async () => {
    const { client, seen } = await watchBoth();
    await eventually(() => expect(client.health()).toEqual([refused]));
    expect(client.health()?.[0]?.why).toMatch(/^tenant globex: /);
    await expect(client.tenant('globex').get(planById(1))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await state(client)).toBe('ready');
    expect(client.watchStatus()).toMatchObject({ connected: true, consecutiveFailures: 0 });
    await client.whenReady({ timeoutMs: 30_000, freshness: 'live' });
    const required = [{ tenant: 'globex', ref: planById(1) }];
    await expect(client.whenReady({ timeoutMs: 300, required })).rejects.toMatchObject({
      details: { missing: [{ tenant: 'globex', why: expect.stringContaining('NOPERM') }] },
    });
    await acl.world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(() =>
      expect(seen.acme).toEqual([
        [1, false],
        [2, false],
      ]),
    );
    expect(seen.globex).toEqual([[undefined, true]]);
  });

  it('is asked for more and more seldom, and told of once', async () => {
    const troubles: unknown[] = [];
    let beats = 0;
    const monitor = await monitorCommands({ host: '127.0.0.1', port: acl.port }, ({ args: [command = ''] }) => {
      if (command.toLowerCase() === 'unsubscribe') beats++;
    });
    acl.closeLater({ disconnect: monitor.end });
    await watchBoth({ heartbeatMs: 10, onTrouble: error => troubles.push(error) });
    const log = (await acl.admin.acl('LOG')) as unknown as readonly (readonly [string, number])[];
    expect(log.length).toBeGreaterThan(0);
    await eventually(() => expect(beats).toBeGreaterThan(200), { timeoutMs: 60_000 });
    const tries = ((await acl.admin.acl('LOG')) as unknown as readonly (readonly [string, number])[]).reduce(
      (sum, [, count]) => sum + count,
      0,
    );
    // Once for each heartbeat it would be more than 200.
    expect(tries).toBeLessThan(60);
    expect(troubles).toEqual([expect.objectContaining({ code: 'FORBIDDEN' })]);
  });

  it('is there by itself once the right is given, and stale with its last value when that is taken away', async () => {
    const { client, seen } = await watchBoth({ heartbeatMs: 20 });
    await eventually(() => expect(client.health()).toEqual([refused]));
    await grant(...rulesFor(), channel());
    await eventually(() => expect(seen.globex?.at(-1)).toEqual([99, false]));
    await eventually(() => expect(client.health()).toBeNull());
    // Redis ends the connection of a user that loses a channel.
    const states: string[] = [];
    client.status$.subscribe(status => states.push(status.state));
    await grant('resetkeys', 'resetchannels', ...acl.rulesOf('acme-reader'));
    await eventually(() => expect(client.health()).toEqual([refused]));
    await eventually(() => expect(seen.acme?.at(-1)).toEqual([1, false]));
    expect(seen.globex?.at(-1)).toEqual([99, true]);
    await eventually(() => expect(states.at(-1)).toBe('ready'));
  });

  it.each([
    ['its records', ['epoch', 'feed'], true],
    ['the head of its feed', ['k:*', 'feed'], true],
    ['its channel', GLOBEX, false],
  ] as const)('is one where only %s must not be read, and is there by itself later', async (_, parts, hasChannel) => {
    const { client, seen } = await watchBoth({ heartbeatMs: 20 });
    await grant(...rulesFor(parts), ...(hasChannel ? [channel()] : []));
    await eventually(() => expect(client.health()).toEqual([refused]));
    expect(await state(client)).toBe('ready');
    await acl.world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(() => expect(seen.acme?.at(-1)).toEqual([2, false]));
    await grant(...rulesFor(), channel());
    await eventually(() => expect(seen.globex?.at(-1)).toEqual([99, false]));
    await eventually(() => expect(client.health()).toBeNull());
  });

  it('may be a scope above a tenant: what is inherited from there is the default, stale', async () => {
    await writer(acl.world).set('acme', plan, { seats: 5 });
    const client = await acl.clientAs('acme-reader', { heartbeatMs: 20 });
    expect(await client.tenant('acme').entry(plan)).toMatchObject({
      value: { seats: 1 },
      origin: 'default',
      stale: true,
    });
    await eventually(() => expect(client.health()).toMatchObject([{ kind: 'refused', scope: 'global' }]));
    // R15 (reader): and where the right is taken away later, the last good value stays.
    const globals = ['k:*', 'epoch', 'feed'].map(part => `%R~${acl.world.prefix}:{@global}:${part}`);
    await grant(...globals, `&${acl.world.prefix}:{@global}:feed`);
    const entry = () => client.tenant('acme').entry(plan);
    await eventually(async () => expect(await entry()).toMatchObject({ value: { seats: 5 }, stale: false }));
    await grant('resetkeys', 'resetchannels', ...acl.rulesOf('acme-reader'));
    await eventually(async () => expect(await entry()).toMatchObject({ value: { seats: 5 }, stale: true }));
    await eventually(() => expect(client.health()).toMatchObject([{ kind: 'refused', scope: 'global' }]));
    await eventually(async () =>
      expect(await client.tenant('acme').entry(planById(1))).toMatchObject({ value: { seats: 1 }, stale: false }),
    );
  });
});
