import { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { feature } from '../published-configs.fixture.ts';
import { planById, planPut, startWorld } from '../world.fixture.ts';

describe('what a client says of itself', () => {
  it.each(['refuse', 'silent'] as const)(
    'counts failures in a row with the last error, and none once it recovers: %s',
    async mode => {
      // F6, F7
      await using faulty = await startFaultyWorld();
      const { world, proxy } = faulty;
      await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
      const client = await faulty.client({ feedTimeoutMs: 1_000 });
      const watching = client.tenant('acme').watch(planById(1)).subscribe();
      await client.whenReady({
        timeoutMs: 30_000,
        freshness: 'live',
        required: [{ tenant: 'acme', ref: planById(1) }],
      });
      await eventually(() => expect(client.watchStatus()).toMatchObject({ connected: true, consecutiveFailures: 0 }));
      expect(client.health()).toBeNull();
      proxy.set(mode);
      await eventually(() => expect(client.watchStatus().consecutiveFailures).toBeGreaterThanOrEqual(3));
      const { lastError, lastAttemptAt } = client.watchStatus();
      expect(lastError).toBeInstanceOf(TenantryError);
      expect(lastAttemptAt).toBeGreaterThan(0);
      const health = client.health() ?? [];
      expect(health.length).toBeGreaterThan(0);
      for (const reason of health) {
        expect(reason.failures).toBeGreaterThanOrEqual(3);
        expect(reason.lastError).toBeInstanceOf(TenantryError);
        expect(reason.ageMs).toBeGreaterThanOrEqual(0);
      }
      await heal(proxy);
      await eventually(() =>
        expect(client.watchStatus()).toMatchObject({ connected: true, consecutiveFailures: 0, lastError: undefined }),
      );
      await eventually(() => expect(client.health()).toBeNull());
      watching.unsubscribe();
    },
  );

  it('tells of a source that does not answer, until it does; an answer that nothing is set is one', async () => {
    // R24 (reader)
    await using world = startWorld();
    let isDown = true;
    const source = {
      load: async () => {
        if (isDown) throw new Error('down');
        return [undefined];
      },
    };
    let now = 1_000_000;
    const client = await world.client({ source, clock: () => now });
    const acme = client.tenant('acme');
    expect(await acme.entry(feature)).toMatchObject({ origin: 'default' });
    expect(client.health()).toMatchObject([{ kind: 'source', failures: 1, lastError: { code: 'UNAVAILABLE' } }]);
    isDown = false;
    now += 5_000;
    await eventually(async () => {
      await acme.get(feature);
      now += 5_000;
      expect(client.health()).toBeNull();
    });
  });

  it('of a closed client is that it is closed', async () => {
    await using world = startWorld();
    const client = await world.client();
    await client.close();
    expect(client.health()).toMatchObject([{ kind: 'closed' }]);
    expect(client.watchStatus()).toMatchObject({ connected: false });
  });
});

describe('stats', () => {
  it('count what memory answered, what was asked for, and how late the pushes were', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    expect(client.stats()).toMatchObject({ hits: 0, misses: 1, loads: 0, repairs: 0 });
    await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ stale: false }));
    await acme.get(planById(1));
    await acme.getMany([planById(1), planById(2)]);
    await acme.entry(planById(1));
    acme.peek(planById(1));
    expect(client.stats()).toMatchObject({ hits: 3, misses: 2 });
    const { lag } = client.stats();
    expect(lag.counts.reduce((sum, count) => sum + count)).toBe(0);
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(() => expect(acme.peek(planById(1))).toMatchObject({ seats: 2 }));
    // The writer of these tests says 1970.
    expect(client.stats().lag.counts.at(-1)).toBe(1);
  });
});
