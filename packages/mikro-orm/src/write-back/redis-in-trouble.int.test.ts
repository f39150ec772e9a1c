import { defineConfig } from '@tenantry/protocol';
import { BUSY_MS, eventually, startFaultProxy, startRedisServer, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configStore } from '../config-store/config-store.ts';
import { codeOf } from '../config-store/store.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem } from '../system.fixture.ts';
import { writeBack } from './write-back.ts';
import { configs, hits, revisions } from './write-backs.fixture.ts';

const BUDGET_MS = 1_000;
const brief = { schema: z.number(), cacheTimeout: BUDGET_MS, databaseTimeout: '30s' } as const;
const counter = defineConfig({ ...brief, name: 'brief/counter', writePolicy: 'write-back' });
const limit = defineConfig({ ...brief, name: 'brief/limit' });
/** Of a test that is not about the budget: what waits for Redis for good takes all of it, what is slow does not. */
const patient = { ...brief, cacheTimeout: '20s', writePolicy: 'write-back' } as const;
const counted = defineConfig({ ...patient, name: 'patient/counter' });
const kept = defineConfig({ ...patient, name: 'patient/synced', durability: 'fsync' });

/** An application whose own connection tries again by itself, and those that are made like it as `retryStrategy` says. */
async function openBehindProxy(retryStrategy: () => number | null) {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startRedisServer({ appendOnly: 'everysec' }));
  const proxy = stack.use(await startFaultProxy({ target: { host: server.host, port: server.port } }));
  const system = stack.use(
    await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs: [counted, kept] },
      redisUrl: `redis://${proxy.host}:${proxy.port}`,
    }),
  );
  const { redis } = system;
  await redis.config('SET', 'appendfsync', 'always');
  const made: Redis[] = [];
  redis.duplicate = options => {
    const connection = Redis.prototype.duplicate.call(redis, { ...options, retryStrategy });
    made.push(connection);
    return connection;
  };
  const acme = configStore(system.orm).tenant('acme');
  const opened = stack.move();
  return { acme, redis, proxy, made, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe('a Redis that lost its data', () => {
  it('asks for the version before the next write, which goes on from there', async () => {
    await using server = await startRedisServer();
    await using lost = await openSystem({ sync: [[Plan, plans]], tenantry: { configs }, redisServer: server.url });
    const acme = configStore(lost.orm).tenant('acme');
    for (let n = 1; n <= 3; n++) await acme.set(hits, { n });
    await writeBack(lost.orm).flush();
    await lost.redis.flushall();
    expect((await acme.set(hits, { n: 4 })).version).toBe(4);
    await lost.redis.flushall();
    // Never flushed, 4 is gone: what Redis does not keep is not promised.
    expect(await acme.patch(hits, { by: 'ann' })).toMatchObject({ version: 4 });
    expect(await acme.get(hits)).toMatchObject({ value: { n: 3, by: 'ann' }, version: 4, dirty: true });
    expect(await writeBack(lost.orm).flush()).toMatchObject({ flushed: 1, remaining: 0 });
    expect(await revisions('acme', lost)).toEqual([
      ['usage/hits', 3, 'set', '{"n":3}'],
      ['usage/hits', 4, 'set', '{"n":3,"by":"ann"}'],
    ]);
  });
});

describe('a Redis that is in trouble', () => {
  // G8
  it('keeps no write longer than its budget, and refuses at once where it is gone', async () => {
    const { hostname, port } = new URL(testServers().redisUrl);
    await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    await using away = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs: [counter, limit], publishTimeoutMs: 50 },
      redisUrl: `redis://${proxy.host}:${proxy.port}`,
    });
    const acme = configStore(away.orm).tenant('acme');
    // The budget is of what comes then: the first write also makes its connection.
    await eventually(async () => void (await acme.set(counter, 1)));
    await acme.set(limit, 1);
    proxy.set('silent');
    for (const [code, work] of [
      ['TIMEOUT', () => acme.set(counter, 2)],
      ['TIMEOUT', () => acme.update(counter, 2)],
      ['no error', () => acme.set(limit, 2)],
    ] as const) {
      const startedAt = performance.now();
      expect(await codeOf(work())).toBe(code);
      expect(performance.now() - startedAt).toBeLessThan(BUDGET_MS + BUSY_MS);
    }
    proxy.set('refuse');
    const startedAt = performance.now();
    expect(await codeOf(acme.set(counter, 3))).toBe('UNAVAILABLE');
    expect(performance.now() - startedAt).toBeLessThan(200 + BUSY_MS);
  });

  it.each([counted, kept])('is written to as soon as the application reaches it again: $name', async config => {
    await using away = await openBehindProxy(() => 3_600_000);
    const { acme, redis, proxy } = away;
    await acme.set(config, 1);
    proxy.set('refuse');
    await eventually(() => expect(redis.status).toBe('reconnecting'));
    expect(await codeOf(acme.set(config, 2))).toBe('UNAVAILABLE');
    proxy.set('pass');
    await eventually(() => expect(redis.status).toBe('ready'));
    expect((await acme.set(config, 3)).version).toBe(2);
  });

  it.each([counted, kept])(
    'is written to again where the connection for writes was given up meanwhile: $name',
    async config => {
      await using away = await openBehindProxy(() => null);
      const { acme, redis, proxy, made } = away;
      await acme.set(config, 1);
      const listeners = redis.listenerCount('end');
      proxy.set('refuse');
      await eventually(() => expect([made.at(-1)?.status, redis.status]).toEqual(['end', 'reconnecting']));
      proxy.set('pass');
      await eventually(() => expect(redis.status).toBe('ready'));
      await eventually(async () => expect((await acme.set(config, 2)).version).toBe(2));
      expect(redis.listenerCount('end')).toBe(listeners);
    },
  );

  it('is refused where it may evict, before anything is written', async () => {
    await using server = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    await using evicting = await openSystem({ sync: [[Plan, plans]], tenantry: { configs }, redisServer: server.url });
    const acme = configStore(evicting.orm).tenant('acme');
    await expect(acme.set(hits, { n: 1 })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('allkeys-lru'),
    });
    expect(await evicting.redis.keys('*:dirty')).toEqual([]);
    await evicting.redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect((await acme.set(hits, { n: 1 })).version).toBe(1);
  });
});
