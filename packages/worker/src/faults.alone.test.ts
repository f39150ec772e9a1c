import { createReplicaReader, startFeeds } from '@tenantry/redis';
import { BUSY_MS, eventually, startFaultProxy, startRedisServer, testServers } from '@tenantry/testing';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { withoutVersions } from '../../mikro-orm/src/system.fixture.ts';
import { insertPlans, namesIn, openWriter, relayed, turns, turnsOf, workerFor } from './worker.fixture.ts';

// J17
it('replicates everything once Redis is back, and only a bad row is dead', async () => {
  const { hostname, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  const redisUrl = `redis://${proxy.host}:${proxy.port}`;
  const small = { ...plans, maxBytes: 1_000 };
  const sync = [[Plan, small]] as const;
  await using system = await openWriter({
    sync,
    redisUrl,
    tenantry: { publish: 'await', publishTimeoutMs: 50, maxAttempts: 1 },
  });
  await using worker = await workerFor(system);
  await insertPlans(system, 2);
  await relayed(system);

  proxy.set('refuse');
  await eventually(() => system.redis.status !== 'ready');
  await insertPlans(system, 30, 3, 'globex');
  const bad = system.em();
  bad.create(Plan, { tenantId: 'globex', slug: 'bad', notes: 'x'.repeat(2_000) });
  await bad.flush();
  for (let i = 0; i < 3; i++)
    await eventually(() => expect(system.replication.relay()).rejects.toMatchObject({ code: 'UNAVAILABLE' }));
  expect(worker.errors.every(({ code }) => code === 'UNAVAILABLE')).toBe(true);
  const waiting = await system.outbox();
  expect(waiting).toHaveLength(91);
  expect(waiting.filter(row => row.attempts > 0)).toEqual([]);

  proxy.set('pass');
  await eventually(async () => (await system.outbox()).length === 1);
  const dead = await system.replication.deadRows();
  expect(dead).toMatchObject([{ definition: 'plans', recordId: '93', attempts: 1 }]);
  expect(dead[0]?.error).toContain('PAYLOAD_TOO_LARGE');
  const expected = await system.expectedKeys();
  delete expected['globex/plans:id:93'];
  delete expected['globex/plans:slug:bad'];
  expect(await withoutVersions(system)).toEqual(expected);
});

// R11
it('plans the schedule anew and fills Redis again after FLUSHALL, and tells the readers', async () => {
  await using server = await startRedisServer();
  await using system = await openWriter({ redisUrl: server.url });
  const { redis, prefix, replication } = system;
  await using worker = await workerFor(system, { relayEveryMs: 100, fillEveryMs: 300_000 });
  await insertPlans(system, 10);
  await relayed(system);
  await eventually(() => replication.replica.isFilled());
  const before = await namesIn(redis, prefix);
  expect(Object.keys(before)).toHaveLength(20);

  const reader = createReplicaReader({ redis, prefix, timeoutMs: 5_000 });
  await using feeds = startFeeds({ redis, reader, heartbeatMs: 50, timeoutMs: 5_000 });
  const resyncs: boolean[] = [];
  const told: [boolean, string][] = [];
  const followed = feeds.follow('acme', {
    onMessage: () => undefined,
    onLive: (live, why) => told.push([live, why]),
    onTrouble: () => undefined,
    resync: async complete => void resyncs.push(complete),
  });
  await eventually(() => followed.feed.live);

  told.length = 0;
  await redis.flushall();
  await eventually(() => told.some(([live]) => !live));
  await eventually(() => replication.replica.isFilled(), { message: 'Redis to be filled again' });
  expect(await namesIn(redis, prefix)).toEqual(before);
  await eventually(() => followed.feed.live && resyncs.at(-1) === true);
  await turns(system, 3);
  await insertPlans(system, 1, 1, 'after');
  await relayed(system);
  expect(worker.errors.filter(isNoLostJob)).toEqual([]);
});

it('goes on when its Redis is replaced by an empty one', async () => {
  await using server = await startRedisServer();
  await using system = await openWriter({ redisUrl: server.url });
  await using _worker = await workerFor(system);
  await insertPlans(system, 10);
  await relayed(system);
  await eventually(() => system.replication.replica.isFilled());
  await server.restart({ wipe: true });
  await eventually(() => system.replication.replica.isFilled().catch(() => false));
  expect(Object.keys(await namesIn(system.redis, system.prefix))).toHaveLength(20);
});

/** A job that was under way when Redis lost it is missed when it ends, and that is told. */
const isNoLostJob = ({ message }: Error) => !message.startsWith('BullMQ has trouble: Missing key for job ');

const damages: [string, (queue: Queue, redis: Redis, prefix: string) => Promise<unknown>][] = [
  ['was lost', async (_queue, redis, prefix) => redis.del(await redis.keys(`${prefix}:{@bullmq}:*`))],
  [
    'was torn by a worker that died before it planned the next turn',
    (_queue, redis, prefix) =>
      redis.del(['delayed', 'wait', 'marker'].map(list => `${prefix}:{@bullmq}:tenantry:${list}`)),
  ],
  [
    'was planned by a clock that is a day ahead',
    async queue => {
      await queue.removeJobScheduler('relay');
      const startDate = Date.now() + 86_400_000;
      await queue.upsertJobScheduler('relay', { every: 100, startDate }, { name: 'relay' });
    },
  ],
  ['is paused', queue => queue.pause()],
];

for (const [what, damage] of damages)
  it(`relays on when the schedule ${what}`, async () => {
    await using system = await openWriter();
    const { redis, prefix } = system;
    await using worker = await workerFor(system, { relayEveryMs: 100 });
    await turns(system, 2);
    const queue = new Queue('tenantry', { connection: redis, prefix: `${prefix}:{@bullmq}` });
    await damage(queue, redis, prefix);
    await insertPlans(system, 5);
    await relayed(system);
    expect(worker.errors.filter(isNoLostJob)).toEqual([]);
    await queue.close();
  });

it('relays on while the connections of BullMQ swallow what is sent', async () => {
  const { hostname, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  await using system = await openWriter();
  const redis = new Redis(proxy.port, proxy.host);
  await using worker = await workerFor(system, { redis, relayEveryMs: 100, closeTimeoutMs: 500 });
  await turns(system, 2);
  proxy.set('silent');
  await insertPlans(system, 5);
  await relayed(system);
  redis.disconnect();
  const startedAt = performance.now();
  await worker.close();
  expect(performance.now() - startedAt).toBeLessThan(500 + BUSY_MS);
}, 180_000);

it('says so when Redis may evict', async () => {
  await using server = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  await using system = await openWriter({ redisUrl: server.url });
  await using worker = await workerFor(system);
  await eventually(() => worker.errors.length > 0);
  expect(worker.errors).toMatchObject([{ code: 'INVALID_OPTION' }]);
  expect(worker.errors[0]?.message).toContain('Redis has the eviction policy allkeys-lru');
});

it('reports what goes wrong without SQL and without values', async () => {
  await using system = await openWriter();
  await insertPlans(system, 1);
  await using worker = await workerFor(system);
  await relayed(system);
  await system.sql('alter table tenantry_outbox rename column id to elsewhere');
  const ofRelay = () => worker.errors.filter(({ message }) => message.startsWith('Relaying '));
  await eventually(() => ofRelay().length > 0);
  await turns(system, (await turnsOf(system)) + 3);
  await system.sql('alter table tenantry_outbox rename column elsewhere to id');
  // Other tasks may have a turn meanwhile, and miss the table, too.
  for (const error of worker.errors) {
    expect(error.message).toMatch(/^[A-Z][\w -]+ failed with \w+ \(\w+(, \d+)?\); it is tried again\.$/);
    expect(Object.keys(error)).toEqual(['name', 'code', 'retryable', 'details']);
  }
  // Tried again meanwhile, and told once.
  expect(ofRelay()).toHaveLength(1);
});
