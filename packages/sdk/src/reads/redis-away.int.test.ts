import { TenantryError } from '@tenantry/protocol';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { tokenOf } from '../layered.fixture.ts';
import { configPut, feature } from '../published-configs.fixture.ts';
import { planById, planPut } from '../world.fixture.ts';

const unhandled: unknown[] = [];
const remember = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', remember));
afterAll(() => {
  process.off('unhandledRejection', remember);
  expect(unhandled).toEqual([]);
});

describe('while Redis is away', () => {
  it('memory goes on serving, marked stale with its age, and is fresh again afterwards', async () => {
    // G1, G15, L27, L49: with `atLeast` a caller says that an old value will not do.
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    let now = Date.now();
    const client = await faulty.client({ clock: () => now, readTimeoutMs: 3_000 });
    const acme = client.tenant('acme');
    await acme.getMany([planById(1), planById(2)]);
    proxy.set('refuse');
    await eventually(() => expect(acme.peekEntry(planById(1))?.stale).toBe(true));
    now += 5_000;
    expect(await acme.entry(planById(1))).toMatchObject({
      value: { seats: 1 },
      origin: 'memory',
      stale: true,
      age: 5_000,
    });
    expect(await acme.entry(planById(2))).toMatchObject({ value: undefined, stale: true, age: 5_000 });
    expect(acme.peek(planById(1))).toMatchObject({ seats: 1 });
    await expect(acme.get(planById(3))).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await expect(acme.get(planById(1), { atLeast: await tokenOf(world, 'acme', 1) })).rejects.toMatchObject({
      retryable: true,
    });
    proxy.set('pass');
    await eventually(async () => expect(await acme.entry(planById(1))).toMatchObject({ stale: false }));
    expect(await acme.entry(planById(1))).not.toHaveProperty('age');
  });

  it('what Redis has is read although the feed cannot be opened, stale and with its age: not the default', async () => {
    // R11 (reader)
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', configPut(feature, 3, { on: true }));
    proxy.set('refuse');
    // Commands go past the proxy.
    const direct = world.redis.duplicate();
    const behind = world.connect(proxy.port);
    direct.duplicate = ((...args: Parameters<typeof behind.duplicate>) => behind.duplicate(...args)) as never;
    let now = Date.now();
    const client = await world.client({ redis: direct, clock: () => now, readTimeoutMs: 3_000 });
    const acme = client.tenant('acme');
    expect(await acme.entry(feature)).toMatchObject({ value: { on: true }, version: 3, stale: true, age: 0 });
    now += 1_000;
    await world.apply('acme', configPut(feature, 4, { on: false }));
    const second = { value: { on: false }, version: 4, stale: true, age: 1_000 };
    expect(await acme.entry(feature)).toMatchObject(second);
    proxy.set('pass');
    await eventually(async () => expect(await acme.entry(feature)).toMatchObject({ version: 4, stale: false }));
    await client.close();
    direct.disconnect();
  });

  it('a connection that died without a word is replaced, where it is our own', async () => {
    // F8
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client({
      redis: `redis://${proxy.host}:${proxy.port}`,
      readTimeoutMs: 100,
      feedTimeoutMs: 500,
    });
    const acme = client.tenant('acme');
    await eventually(() => acme.get(planById(1)));
    proxy.halfOpen();
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(async () =>
      expect(await acme.entry(planById(1))).toMatchObject({ value: { seats: 2 }, stale: false }),
    );
  });

  it.each(['refuse', 'stall', 'silent', 'dropReplies'] as const)(
    'every call settles within its budget: %s',
    async mode => {
      // L57
      await using faulty = await startFaultyWorld();
      const { world, proxy } = faulty;
      await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
      const client = await faulty.client({ readTimeoutMs: 100, backoffMs: 1, maxBackoffMs: 1 });
      const acme = client.tenant('acme');
      await eventually(() => acme.get(planById(1)));
      proxy.set(mode);
      const calls = () => [
        acme.get(planById(1)),
        acme.entry(planById(1)),
        acme.get(planById(2)),
        acme.getMany([planById(1), planById(3)]),
        client.tenant('cold').get(planById(1)),
        client.global.entry(planById(1)),
      ];
      for (let round = 0; round < 5; round++) {
        const began = performance.now();
        const results = await Promise.allSettled(calls());
        expect(performance.now() - began).toBeLessThan(100 + BUSY_MS);
        expect(results.slice(0, 2).every(({ status }) => status === 'fulfilled')).toBe(true);
        for (const result of results.slice(2))
          if (result.status === 'rejected') {
            expect(result.reason).toBeInstanceOf(TenantryError);
            expect(result.reason.retryable).toBe(true);
          }
      }
      await heal(proxy);
      await eventually(async () => expect(await acme.entry(planById(3))).toMatchObject({ stale: false }));
    },
  );

  it.each(['refuse', 'silent'] as const)('a client can be made, says so, and recovers by itself: %s', async mode => {
    // L57, F6, G6 of the promises
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    proxy.set(mode);
    const began = performance.now();
    const client = await faulty.client({ readTimeoutMs: 100 });
    expect(performance.now() - began).toBeLessThan(100 + BUSY_MS);
    expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'connecting' });
    const seen: unknown[] = [];
    const watching = client
      .tenant('acme')
      .watch(planById(1))
      .subscribe(plan => seen.push(plan?.seats));
    await expect(client.tenant('acme').get(planById(2))).rejects.toBeInstanceOf(TenantryError);
    expect(seen).toEqual([]);
    await heal(proxy);
    await eventually(() => expect(seen).toEqual([1]));
    await eventually(async () => expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'ready' }));
    watching.unsubscribe();
  });

  it('fails at once for a moment after a failure, and asks again after it', async () => {
    // F6, G11, L10, L28
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    let now = 1_000_000;
    const client = await faulty.client({ readTimeoutMs: 100, backoffMs: 100, random: () => 1, clock: () => now });
    const acme = client.tenant('acme');
    proxy.set('stall');
    const errors = await Promise.all(Array.from({ length: 50 }, () => acme.get(planById(1)).catch(error => error)));
    expect(new Set(errors).size).toBe(1);
    // Without asking Redis again, which would be another error.
    expect(await acme.get(planById(1)).catch(error => error)).toBe(errors[0]);
    const { reads } = client.stats();
    now += 100;
    expect(await acme.get(planById(1)).catch(error => error)).not.toBe(errors[0]);
    expect(client.stats().reads).toBe(reads + 1);
    proxy.set('pass');
    await eventually(async () => {
      now += 2_000;
      expect(await acme.get(planById(1))).toMatchObject({ seats: 1 });
    });
  });
});
