import { eventually, testServers } from '@tenantry/testing';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Plan } from '../../mikro-orm/src/plans.fixture.ts';
import { withoutVersions } from '../../mikro-orm/src/system.fixture.ts';
import { startWorker } from './start-worker.ts';
import { insertPlans, openWriter, relayed, turns, workerFor } from './worker.fixture.ts';

it('publishes what the process that committed it did not', async () => {
  await using system = await openWriter();
  await insertPlans(system, 20, 5);
  expect(await system.redisKeys()).toEqual({});
  await using worker = await workerFor(system);
  await relayed(system);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(worker.errors).toEqual([]);
});

it('runs all of its tasks for an application that has no configs, and asks nothing of their tables', async () => {
  const queries: string[] = [];
  const orm = { debug: ['query'], logger: (line: string) => void queries.push(line), colors: false };
  await using system = await openWriter({ orm: orm as never });
  await insertPlans(system, 3);
  const soon = { fillEveryMs: 50, purgeEveryMs: 50, flushEveryMs: 50, sweepEveryMs: 50, expireEveryMs: 50 };
  await using worker = await workerFor(system, { ...soon, trimEveryMs: 50, auditEveryMs: 50, auditRepairs: true });
  await relayed(system);
  for (const task of ['relay', 'fill', 'audit', 'purge', 'flush', 'sweep', 'expire', 'trim'])
    await turns(system, 2, task);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(worker.errors).toEqual([]);
  expect(queries.length).toBeGreaterThan(0);
  expect(queries.filter(line => line.includes('tenantry_config'))).toEqual([]);
});

it('goes on with a backlog of many runs without waiting for the next turn', async () => {
  // One run takes 20 batches.
  await using system = await openWriter({ tenantry: { relayBatchSize: 1, relayGraceMs: 0 } });
  await insertPlans(system, 45);
  await using worker = await workerFor(system, { relayEveryMs: 600_000 });
  await relayed(system);
  expect(worker.errors).toEqual([]);
});

it('relays at a nudge what the schedule would have left for long', async () => {
  await using system = await openWriter({ tenantry: { relayGraceMs: 0 } });
  await using worker = await workerFor(system, { relayEveryMs: 600_000 });
  await eventually(async () => (await system.redis.exists(`${system.prefix}:{@bullmq}:tenantry:repeat:relay`)) === 1);
  await insertPlans(system, 3);
  await eventually(async () => {
    await worker.nudge();
    return (await system.outbox()).length === 0;
  });
});

it('is not held back for ever by a nudge that got lost', async () => {
  await using system = await openWriter({ tenantry: { relayGraceMs: 0 } });
  await using worker = await workerFor(system, { relayEveryMs: 600_000 });
  await eventually(() => worker.nudge().then(() => true));
  const deduplication = `${system.prefix}:{@bullmq}:tenantry:de:relay`;
  expect(await system.redis.pttl(deduplication)).toBeLessThanOrEqual(100);
  await eventually(async () => (await system.redis.exists(deduplication)) === 0);
});

it('takes what it has seen although all later turns go to other workers', async () => {
  await using system = await openWriter();
  const { redis, prefix } = system;
  await insertPlans(system, 2);
  await using worker = await workerFor(system, { relayEveryMs: 5_000 });
  await turns(system, 1);
  // From now on it has none; the watchdog would help after three, in 15 s and more.
  await using queue = new AsyncDisposableStack();
  const paused = queue.adopt(new Queue('tenantry', { connection: redis, prefix: `${prefix}:{@bullmq}` }), each =>
    each.close(),
  );
  await paused.pause();
  await relayed(system, 14_000);
  expect(worker.errors).toEqual([]);
});

it('leaves the schedule alone while other workers have the turns', async () => {
  await using system = await openWriter();
  await using workers = new AsyncDisposableStack();
  for (let i = 0; i < 4; i++) workers.use(await workerFor(system, { relayEveryMs: 200 }));
  // Renewed, it would count from one again.
  await turns(system, 20);
});

it('purges tombstones that are old enough, and no others', async () => {
  await using system = await openWriter();
  const { redis, replication } = system;
  const { records, tombstones } = replication.replica.names.of('acme');
  await insertPlans(system, 3);
  await using worker = await workerFor(system, { purgeEveryMs: 30 });
  await relayed(system);
  const em = system.em();
  for (const plan of await em.find(Plan, {}, { limit: 2, orderBy: { id: 'asc' } })) em.remove(plan);
  await em.flush();
  await relayed(system);
  await turns(system, 3, 'purge');
  expect(await redis.zcard(tombstones)).toBe(2);

  await redis.zadd(tombstones, Date.now() - 86_400_000 - 60_000, 'plans:1');
  await eventually(async () => (await redis.zcard(tombstones)) === 1);
  expect(await redis.hkeys(records)).toEqual(expect.arrayContaining(['plans:2', 'plans:3']));
  expect(await redis.hlen(records)).toBe(2);
  expect(worker.errors).toEqual([]);
});

it('works beside a connection of the application that is bounded in every way', async () => {
  await using system = await openWriter();
  await insertPlans(system, 3);
  const redis = new Redis(testServers().redisUrl, {
    lazyConnect: true,
    enableOfflineQueue: false,
    commandTimeout: 200,
    blockingTimeout: 200,
    socketTimeout: 200,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
    stringNumbers: true,
  });
  // Between two turns BullMQ blocks for longer than each of those bounds.
  await using worker = await workerFor(system, { redis, relayEveryMs: 700 });
  await relayed(system);
  await turns(system, 4);
  expect(worker.errors).toEqual([]);
  expect(redis.status).toBe('wait');
});

it('keeps nothing in Redis of the jobs that are done', async () => {
  await using system = await openWriter();
  await using worker = await workerFor(system, { relayEveryMs: 20, fillEveryMs: 20 });
  await turns(system, 60);
  await worker.close();
  const keys = await system.redis.keys(`${system.prefix}:{@bullmq}:*`);
  // The next turn of each task, and whatever was just being done.
  expect(keys.filter(key => /:repeat:[a-z]+:\d+$/.test(key)).length).toBeLessThanOrEqual(10);
  expect(await system.redis.xlen(`${system.prefix}:{@bullmq}:tenantry:events`)).toBeLessThan(400);
});

it('closes once, however often it is asked, and takes nothing that is not its own along', async () => {
  await using system = await openWriter();
  const worker = await workerFor(system);
  expect(worker.close()).toBe(worker.close());
  await worker.close();
  await worker[Symbol.asyncDispose]();
  expect(await system.redis.ping()).toBe('PONG');
  expect(await system.orm.isConnected()).toBe(true);
  await expect(worker.nudge()).rejects.toMatchObject({ code: 'CLOSED' });
});

it('does not start on the Redis names of another database', async () => {
  await using first = await openWriter();
  await using _worker = await workerFor(first);
  await using second = await openWriter({ prefix: first.prefix });
  await expect(workerFor(second)).rejects.toMatchObject({ code: 'INSTALLATION_CONFLICT' });
});

it('refuses an ORM without the extension and a client with a key prefix', async () => {
  await using system = await openWriter();
  const redis = new Redis({ keyPrefix: 'mine:', lazyConnect: true });
  await expect(startWorker({ orm: system.orm as never, redis })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
