import { defineConfig } from '@tenantry/protocol';
import { BUSY_MS, eventually, startFaultProxy, testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { boundedPublisher } from '../../bounded-relay.fixture.ts';
import { configStore } from '../../config-store/config-store.ts';
import { isConnected } from '../../database/connection-state.ts';
import { Plan } from '../../plans.fixture.ts';
import { holdNextApply, type SystemOptions, withoutVersions } from '../../system.fixture.ts';
import { type BackgroundSystem, openBackground } from './background.fixture.ts';

let system: BackgroundSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

const open = async (options?: Partial<SystemOptions>) => {
  system = await openBackground(options);
};

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('with a Redis in trouble', () => {
  // G1, G8
  it.each(['refuse', 'silent', 'stall'] as const)(
    'that does `%s`, no flush waits, `settled` comes to its end, and nothing is lost',
    async mode => {
      const { hostname, port } = new URL(testServers().redisUrl);
      await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
      await open({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
      await system.create(1);
      await system.drain();
      system.reports.length = 0;
      proxy.set(mode);
      if (mode === 'refuse') await eventually(() => system.redis.status !== 'ready');
      const startedAt = performance.now();
      for (let i = 0; i < 5; i++) await system.create(1);
      expect(performance.now() - startedAt).toBeLessThan(BUSY_MS);
      await system.replication.settled();
      expect(performance.now() - startedAt).toBeLessThan(5_000 + BUSY_MS);
      expect(await system.replication.backlog()).toEqual({ waiting: 5, dead: 0 });
      const deferred = system.reportsOf('deferred');
      expect(deferred.reduce((sum, { count }) => sum + count, 0)).toBe(5);
      expect(deferred[0]?.error.code).toBe(mode === 'refuse' ? 'UNAVAILABLE' : 'TIMEOUT');
      proxy.set('pass');
      if (mode === 'silent') proxy.cut(); // what was swallowed never gets an answer
      await eventually(() => system.redis.status === 'ready');
      await eventually(() => system.drain());
      await expectConverged();
      await system.create(1);
      await system.replication.settled();
      await system.drain();
      await expectConverged();
    },
  );
});

describe('an ORM that is closed right after a flush', () => {
  it('has published it, and connects to nothing again', async () => {
    await open();
    for (let i = 0; i < 3; i++) await system.create(2);
    await system.orm.close();
    expect((await system.sizes()).reduce((sum, size) => sum + size, 0)).toBe(6);
    await system.replication.settled();
    expect(isConnected(system.orm)).toBe(false);
  });

  it('leaves to the relay what is committed while it closes, and publishes again once it is connected', async () => {
    await open();
    const release = await system.holdPublish();
    const closing = system.orm.close();
    await system.create(2);
    release();
    await closing;
    expect(isConnected(system.orm)).toBe(false);
    expect(await system.sizes()).toEqual([1]);
    await system.orm.connect();
    await system.drain();
    expect(await system.sizes()).toEqual([1, 2]);
    await system.create(3);
    await system.replication.settled();
    expect(await system.sizes()).toEqual([1, 2, 3]);
  });
});

it('needs no more than the one connection of a pool', async () => {
  await open({ orm: { pool: { min: 0, max: 1 } } });
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: 'a' });
  await em.flush();
  await em.transactional(async each => void each.create(Plan, { tenantId: 'acme', slug: 'b' }));
  await system.replication.settled();
  expect(system.reportsOf('deferred')).toEqual([]);
  await expectConverged();
});

it('waits for a write of the config store that is over its budget, and is not left to the relay for it', async () => {
  // Long enough to come as far as Redis, and less than the 5 s that one step there has.
  const hasty = defineConfig({ name: 'hasty', schema: z.number(), cacheTimeout: '2s', databaseTimeout: '30s' });
  await open({ tenantry: { configs: [hasty] } });
  const held = holdNextApply(system);
  const written = await configStore(system.orm as never)
    .tenant('acme')
    .set(hasty, 1);
  expect(written).toMatchObject({ published: 'later' });
  await held.reached;
  await system.create(2);
  // By now its publish has begun.
  await system.replication.backlog();
  held.release();
  await system.replication.settled();
  expect(await system.sizes()).toEqual([1, 2]);
  expect(system.reportsOf('deferred')).toHaveLength(1);
  expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
});

it('that is over its budget makes no write of the config store give up before its own', async () => {
  const { publisher } = boundedPublisher(await background(), 30_000);
  const held = holdNextApply(system);
  const [first, second, third] = (await system.outbox()).map(({ transactionId }) => ({
    transactionId,
    changes: undefined,
  }));
  // Long enough to come as far as Redis.
  const publishing = publisher.publishCommitted([first as never], BUSY_MS, { inBackground: true });
  await held.reached;
  const late = await publishing;
  const awaited = await publisher.publishCommitted([second as never], 30_000);
  // Not the second again: its rows may be acknowledged by now, and then there is nothing to do.
  const another = await publisher.publishCommitted([third as never], 30_000, { inBackground: true });
  held.release();
  expect({ late, awaited, another }).toEqual({ late: false, awaited: true, another: false });
  expect(system.reportsOf('deferred').map(({ error }) => error.code)).toEqual(['TIMEOUT', 'UNAVAILABLE']);
});

/** An application with three commits that nobody has published. */
async function background(): Promise<BackgroundSystem> {
  await open({ tenantry: { publish: 'relay' } });
  for (let i = 0; i < 3; i++) await system.create(1);
  return system;
}
