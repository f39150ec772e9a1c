import { configStore } from '@tenantry/mikro-orm';
import type { AnyConfig } from '@tenantry/protocol';
import { type Client, createClient } from '@tenantry/sdk';
import {
  aclRules,
  type CommandMonitor,
  eventually,
  monitorCommands,
  type RedisServer,
  startRedisServer,
} from '@tenantry/testing';
import { startWorker, type TenantryWorker } from '@tenantry/worker';
import { type WorkerSource, workerSource } from '@tenantry/worker-source';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { allConfigs, apiKey, banner, counter, limit, theme } from '../../../packages/mikro-orm/src/configs.fixture.ts';
import { openSystem, type TestSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

// The reader has the rights that docs/guides/security.md gives to a reader that asks the workers: none to write a value.
const page = new URL('../../../docs/guides/security.md', import.meta.url);
const SELDOM = 86_400_000;
const QUEUES = 3; // of a worker: the relay's, that of flushes, and that of loads

let server: RedisServer; // our own: its users, its log and its commands are ours
let admin: Redis;
let system: TestSystem;
let worker: TenantryWorker;
let reading: Redis;
let source: WorkerSource;
let client: Client;

beforeAll(async () => {
  server = await startRedisServer();
  admin = new Redis(server.url);
  await admin.call('ACL', 'SETUSER', ...(aclRules(page, 'acme-asker', { PASSWORD: 'secret' }) as [string]));
});
afterAll(async () => {
  admin.disconnect();
  await server.close();
});
beforeEach(async () => {
  system = await openSystem({
    sync: [],
    prefix: 'tenantry',
    redisUrl: server.url,
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { configs: allConfigs },
  });
  const { orm, redis } = system;
  const seldom = {
    relayEveryMs: SELDOM,
    fillEveryMs: SELDOM,
    flushEveryMs: SELDOM,
    sweepEveryMs: SELDOM,
    expireEveryMs: SELDOM,
  };
  worker = await startWorker({ orm: orm as never, redis, ...seldom });
  await eventually(() => system.replication.replica.isFilled());
  reading = new Redis({ port: server.port, username: 'acme-asker', password: 'secret', disableClientInfo: true });
  source = workerSource({ redis: reading });
  client = await createClient({ redis: reading, source, sweepMs: 0 });
});
afterEach(async () => {
  await client.close();
  await source.close();
  reading.disconnect();
  await worker.close();
  await system[Symbol.asyncDispose]();
  await admin.flushall();
  await admin.call('ACL', 'LOG', 'RESET');
});

const acme = () => configStore(system.orm as never).tenant('acme');
const keyOf = ({ address }: AnyConfig) => `tenantry:{acme}:k:${address}`;
const refused = async () => ((await admin.call('ACL', 'LOG')) as unknown[][]).map(entry => entry.join(' '));

it('brings a value to a reader that may not write, and into Redis', async () => {
  await acme().set(banner, { text: 'hello' });
  expect(await client.tenant('acme').entry(banner)).toMatchObject({
    value: { text: 'hello' },
    ...{ origin: 'source', stale: false },
  });
  // A put that takes longer than its budget does not hold up the answer.
  await eventually(async () => expect(await admin.exists(keyOf(banner))).toBe(1));
  // That there is nothing is kept, too.
  expect(await client.tenant('acme').get(limit)).toBeUndefined();
  await eventually(async () => expect(await admin.exists(keyOf(limit))).toBe(1));
  expect(client.stats().loads).toBe(2);
  expect(await admin.keys('tenantry:{acme}:lease:*')).toEqual([]);
  expect(await refused()).toEqual([]);
});

it('lets such a reader write no key of a tenant, and read no other tenant', async () => {
  for (const [command, ...args] of [
    ['SET', keyOf(banner), 'x'],
    ['SET', 'tenantry:{acme}:lease:x', 'x'],
    ['EVAL', "return redis.call('SET', KEYS[1], 'x')", '1', keyOf(banner)],
    ['PUBLISH', 'tenantry:{acme}:feed', 'x'],
    ['MGET', 'tenantry:{globex}:k:x'],
    ['SUBSCRIBE', 'tenantry:{globex}:feed'],
    ['PSUBSCRIBE', 'tenantry:{@bullmq}:loads:*'],
    ['HGETALL', 'tenantry:{@bullmq}:tenantry-flush:1'],
    ['KEYS', '*'],
  ] as const)
    await expect(reading.call(command, ...args), args.join(' ')).rejects.toThrow(/NOPERM|can't run|ACL failure/);
});

it('has two readers that miss at once share one load', async () => {
  await acme().set(banner, { text: 'hello' });
  await using otherSource = workerSource({ redis: reading });
  await using other = await createClient({ redis: reading, source: otherSource });
  const before = Number(await admin.get(`${QUEUE}:id`));
  // The load is held until a worker has taken both questions.
  const bothAreTaken = async () => {
    expect(Number(await admin.get(`${QUEUE}:id`))).toBe(before + 2);
    expect(await Promise.all(['wait', 'active'].map(list => admin.llen(`${QUEUE}:${list}`)))).toEqual([0, 0]);
  };
  const loads = countSelects(() => eventually(bothAreTaken));
  const values = [client, other].map(each => each.tenant('acme').get(banner));
  expect(await Promise.all(values)).toMatchObject([{ text: 'hello' }, { text: 'hello' }]);
  expect(loads()).toBe(1);
});

it('fails with TIMEOUT while no worker is there, and is served by the next one', async () => {
  await acme().set(banner, { text: 'hello' });
  await worker.close();
  await expect(client.tenant('acme').get(banner)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
  expect(await admin.keys('tenantry:{acme}:lease:*')).toEqual([]);
  worker = await startWorker({ orm: system.orm as never, redis: system.redis });
  await eventually(async () => expect(await client.tenant('acme').get(banner)).toMatchObject({ text: 'hello' }));
  expect(await refused()).toEqual([]);
});

it('keeps a write-back in Redis that is newer than the database', async () => {
  await acme().set(counter, { n: 1 });
  expect(await client.tenant('acme').get(counter)).toEqual({ n: 1 });
  // A reader asks because it saw something newer once: the worker must not put the database's state over it.
  const [found] = await source.loadIntoRedis('acme', [counter]);
  expect(found).toEqual({ kept: 'newer', version: 0 });
  expect(await client.tenant('acme').get(counter)).toEqual({ n: 1 });
});

it('tells of a value that was taken away, and of one that is set afterwards', async () => {
  await acme().set(banner, { text: 'hello' });
  expect(await client.tenant('acme').get(banner)).toMatchObject({ text: 'hello' });
  await acme().unset(banner);
  await eventually(async () => expect(await client.tenant('acme').get(banner)).toBeUndefined());
  await acme().set(banner, { text: 'again' });
  await eventually(async () => expect(await client.tenant('acme').get(banner)).toMatchObject({ text: 'again' }));
  expect(await refused()).toEqual([]);
});

it('gives a reader the value itself where Redis has dropped it again', async () => {
  await acme().set(banner, { text: 'hello' });
  const dropping = new Redis(server.url);
  const keep = source.loadIntoRedis.bind(source);
  const forgetful = Object.assign(Object.create(null), {
    load: source.load.bind(source),
    async loadIntoRedis(...args: Parameters<typeof keep>) {
      const found = await keep(...args);
      await dropping.del(keyOf(banner));
      return found;
    },
  });
  // Not followed by a feed that would bring the value by itself.
  await using other = await createClient({ redis: reading, source: forgetful, feedTimeoutMs: 50 });
  expect(await other.tenant('acme').get(banner)).toMatchObject({ text: 'hello' });
  dropping.disconnect();
});

it('takes at most 15 commands for a read that misses', async () => {
  const counts: number[] = [];
  // What opens the feed of the tenant before, so that it is not counted.
  const refs = [theme, limit, apiKey] as const;
  const { commands, ...monitor } = await noteCommands();
  // A load's last commands come after its answer: the job is finished, and its worker waits for the next one.
  const isAtRest = async () => {
    expect(await Promise.all(['wait', 'active'].map(list => admin.llen(`${QUEUE}:${list}`)))).toEqual([0, 0]);
    expect(await blockedConnections()).toBe(QUEUES);
    await monitor.caughtUp();
  };
  for (let i = 0; i < 3; i++) {
    await acme().set(banner, { text: `${i}` });
    await using again = await createClient({ redis: reading, source });
    await again.tenant('acme').get(refs[i] as never);
    await eventually(isAtRest);
    commands.length = 0;
    expect(await again.tenant('acme').get(banner)).toMatchObject({ text: `${i}` });
    await eventually(isAtRest);
    counts.push(commands.length);
  }
  monitor.end();
  expect(Math.min(...counts), String(counts)).toBeLessThanOrEqual(15);
});

/** The commands of a load that are sent from now on, but for those in scripts. */
async function noteCommands(): Promise<CommandMonitor & { readonly commands: string[] }> {
  const commands: string[] = [];
  const isOther = (command: string) =>
    /\{@bullmq\}:tenantry(-flush)?:|stalled|^(ping|info|client|hello|auth|llen)( |$)/.test(command);
  const monitor = await monitorCommands(server, ({ from, args }) => {
    const command = args.join(' ');
    if (from !== 'lua' && !isOther(command)) commands.push(command);
  });
  return { ...monitor, commands };
}

/** How many connections wait in Redis for the next job. */
async function blockedConnections(): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(await admin.info('clients'))?.[1]);
}

/** How often the configs of a tenant are read from the database from now on. */
const QUEUE = 'tenantry:{@bullmq}:tenantry-loads';

function countSelects(hold: () => Promise<unknown> = async () => undefined): () => number {
  const connection = system.orm.em.getConnection('write');
  const execute = connection.execute.bind(connection) as (...args: unknown[]) => unknown;
  let selects = 0;
  Object.assign(connection, {
    async execute(...args: unknown[]) {
      if (/^select .*tenantry_config.?\s+where .?tenant.? = /s.test(String(args[0]))) {
        selects++;
        await hold();
      }
      return execute(...args);
    },
  });
  return () => selects;
}
