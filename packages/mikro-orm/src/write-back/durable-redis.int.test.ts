import { type Durability, defineConfig } from '@tenantry/protocol';
import { BUSY_MS, eventually, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configStore } from '../config-store/config-store.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { writeBack } from './write-back.ts';

const define = (name: string, durability: Durability, cacheTimeout: '10s' | '2s' = '10s') =>
  defineConfig({
    name,
    schema: z.number(),
    writePolicy: 'write-back',
    durability,
    cacheTimeout,
    databaseTimeout: '60s',
  });

const plain = define('plain', 'memory');
const synced = define('synced', 'fsync');
const copied = define('copied', { replicas: 1 });
/** Long enough for the write itself, which has to reach Redis. */
const hurried = define('hurried', { replicas: 1 }, '2s');
const configs = [plain, synced, copied, hurried];

const open = (server: RedisServer): Promise<TestSystem> =>
  openSystem({ sync: [[Plan, plans]], tenantry: { configs }, redisServer: server.url });

const acme = (system: TestSystem) => configStore(system.orm).tenant('acme');

async function expectRefused(system: TestSystem, work: Promise<unknown>, why: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(why) });
  expect(await writeBack(system.orm).dirtyCount('acme')).toBe(0);
}

// A new machine fetches the server that can tell when it has synced, once: that is not the time of a test.
beforeAll(async () => {
  const server = await startRedisServer({ kind: 'redis-8' });
  await server.close();
}, 600_000);

describe("durability: 'fsync'", () => {
  it('is refused by a Redis that keeps no append-only file', async () => {
    await using server = await startRedisServer();
    await using system = await open(server);
    await expectRefused(system, acme(system).set(synced, 1), 'appendonly yes');
    expect((await acme(system).set(plain, 1)).version).toBe(1);
  });

  it('is refused by a Redis that cannot tell when it has synced, and had where it syncs before it answers', async () => {
    await using server = await startRedisServer({ kind: 'redis', appendOnly: 'everysec' });
    await using system = await open(server);
    const [waitaof] = (await system.redis.call('COMMAND', 'INFO', 'WAITAOF')) as unknown[];
    if (!waitaof) await expectRefused(system, acme(system).set(synced, 1), 'appendfsync always');
    await system.redis.config('SET', 'appendfsync', 'always');
    expect((await acme(system).set(synced, 1)).version).toBe(1);
  });

  // G9
  it.each(['redis', 'redis-8'] as const)('survives kill -9 of %s with everything acknowledged', async kind => {
    const appendOnly = kind === 'redis' ? 'always' : 'everysec';
    await using server = await startRedisServer({ kind, appendOnly });
    await using system = await open(server);
    await Promise.all(Array.from({ length: 200 }, (_, n) => acme(system).set(synced, n)));
    await server.kill();
    await server.start();
    await eventually(
      async () =>
        (
          await acme(system)
            .get(synced)
            .catch(() => undefined)
        )?.version === 200,
    );
    expect(await writeBack(system.orm).flush()).toMatchObject({ flushed: 1, remaining: 0 });
    expect(await acme(system).get(synced)).toMatchObject({ version: 200, dirty: false });
  });
});

describe('whatever the replies of the connection look like', () => {
  // Its replies have other types than those that ioredis gives by default.
  const connect = (server: RedisServer, options: object) =>
    new Redis(server.url, options as object as { replyMapping: 'legacy' }).on('error', () => undefined);

  it.each([
    { replyMapping: 'resp3' },
    { replyMapping: 'resp3', stringNumbers: true },
    { protocol: 2, stringNumbers: true },
  ])('`fsync` is had, or refused for its true reason, with %j', async options => {
    // Redis 8 tells by WAITAOF; any other syncs before it answers.
    for (const [kind, appendOnly] of [
      ['redis-8', 'everysec'],
      ['redis', 'always'],
      ['redis', 'no'],
    ] as const) {
      await using server = await startRedisServer({ kind, appendOnly });
      const redis = connect(server, options);
      try {
        await using system = await openSystem({
          sync: [[Plan, plans]],
          tenantry: { configs, redis },
          redisServer: server.url,
        });
        if (appendOnly === 'no') await expectRefused(system, acme(system).set(synced, 1), 'appendonly yes');
        else expect((await acme(system).set(synced, 1)).version).toBe(1);
      } finally {
        redis.disconnect();
      }
    }
  });
});

describe('durability: { replicas: 1 }', () => {
  it('is refused where fewer are connected, and had once there are', async () => {
    await using server = await startRedisServer({ args: NO_DELAY });
    await using system = await open(server);
    await expectRefused(system, acme(system).set(copied, 1), '1 replicas are asked for, and 0 are connected');
    await using replica = await startReplica(server);
    await replicating(system);
    await Promise.all(Array.from({ length: 50 }, (_, n) => acme(system).set(copied, n)));
    await server.kill();
    await using copy = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs },
      database: system.database,
      prefix: system.prefix,
      redisServer: replica.url,
    });
    await copy.redis.call('REPLICAOF', 'NO', 'ONE');
    expect(await acme(copy).get(copied)).toMatchObject({ version: 50, dirty: true });
    expect(await writeBack(copy.orm).flush()).toMatchObject({ flushed: 1 });
  });

  it('says within its budget when the replica does not confirm, and what it wrote is there', async () => {
    await using server = await startRedisServer({ args: NO_DELAY });
    await using replica = await startReplica(server);
    await using system = await open(server);
    await replicating(system);
    await acme(system).set(copied, 1);
    replica.pause();
    const startedAt = performance.now();
    await expect(acme(system).set(hurried, 1)).rejects.toMatchObject({ code: 'NOT_DURABLE', retryable: true });
    expect(performance.now() - startedAt).toBeLessThan(2_000 + BUSY_MS);
    expect(await acme(system).get(hurried)).toMatchObject({ value: 1, dirty: true });
    // What asks for less does not wait for it.
    expect((await acme(system).set(plain, 1)).version).toBe(1);
    replica.resume();
    expect((await acme(system).set(copied, 2)).version).toBe(2);
  });
});

/** A primary waits 5 s for other replicas to come before it serves the first. */
const NO_DELAY = ['--repl-diskless-sync-delay', '0'];

/** Resolves once the master says that it has a replica. */
async function replicating({ redis }: TestSystem): Promise<void> {
  await eventually(async () => (await redis.info('replication')).includes('state=online'));
}

async function startReplica(of: RedisServer): Promise<RedisServer> {
  return startRedisServer({ args: ['--replicaof', of.host, String(of.port)] });
}
