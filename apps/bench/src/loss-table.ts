// What a kill -9 of Redis takes of write-backs that were acknowledged and not yet flushed: real servers, real kills.
// Prints the table of docs/guides/choosing-a-write-policy.md; words after the command choose its rows. TENANTRY_SEED replays the moments of the kills.
import { configStore, tenantry } from '@tenantry/mikro-orm';
import { type ConfigDefinition, type Durability, defineConfig } from '@tenantry/protocol';
import { createRedisNames } from '@tenantry/protocol/wire';
import {
  eventually,
  freshDatabase,
  type RedisServer,
  type SeededRandom,
  seededRandom,
  startRedisServer,
  startServices,
} from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openBenchOrm } from './app/benched-app.ts';

const KILLS = 20;
const WRITERS = 8;
const TRAFFIC_MS = [300, 1_500] as const;
const NO_DELAY = ['--repl-diskless-sync-delay', '0'];

interface Setup {
  readonly what: string;
  readonly durability: Durability;
  /** How long there is traffic before the kill, at least and at most. */
  readonly trafficMs?: readonly [number, number];
  start(): Promise<RedisServer>;
  /** The replica that takes over; without one the killed server starts again. */
  replica?(of: RedisServer): Promise<RedisServer>;
}

const replicaOf = (server: RedisServer) =>
  startRedisServer({ args: ['--replicaof', server.host, String(server.port)] });

const SETUPS: readonly Setup[] = [
  { what: 'memory, no persistence', durability: 'memory', start: () => startRedisServer() },
  {
    what: 'memory, RDB every second',
    durability: 'memory',
    start: () => startRedisServer({ args: ['--save', '1 1'] }),
  },
  { what: 'memory, AOF everysec', durability: 'memory', start: () => startRedisServer({ appendOnly: 'everysec' }) },
  {
    what: 'memory, failover to a replica',
    durability: 'memory',
    start: () => startRedisServer({ args: NO_DELAY }),
    replica: replicaOf,
  },
  {
    what: 'fsync, AOF everysec and WAITAOF (Redis 8)',
    durability: 'fsync',
    // Synced once a second: that is how long each write waits.
    trafficMs: [3_000, 6_000],
    start: () => startRedisServer({ kind: 'redis-8', appendOnly: 'everysec' }),
  },
  { what: 'fsync, AOF always', durability: 'fsync', start: () => startRedisServer({ appendOnly: 'always' }) },
  {
    what: 'replicas: 1, failover to it',
    durability: { replicas: 1 },
    start: () => startRedisServer({ args: NO_DELAY }),
    replica: replicaOf,
  },
];

const random = seededRandom();
const services = await startServices({ database: 'mariadb' });
process.env.TENANTRY_TEST_DATABASE_URL = services.databaseUrl;
process.env.TENANTRY_TEST_REDIS_URL = services.redisUrl;
console.log(`${services.describe()}; seed ${random.seed}`);
try {
  const rows = [];
  const named = SETUPS.filter(({ what }) => process.argv.slice(2).every(word => what.includes(word)));
  for (const setup of named) rows.push(await measure(setup, random));
  console.table(rows);
} finally {
  await services.close();
}

async function measure(setup: Setup, { int }: SeededRandom) {
  await using database = await freshDatabase();
  let [acknowledged, lost, worst, killsWithLoss, busyMs] = [0, 0, 0, 0, 0];
  for (let kill = 0; kill < KILLS; kill++) {
    await using server = await setup.start();
    await using replica = await setup.replica?.(server);
    const redis = new Redis(server.url);
    redis.on('error', () => undefined);
    if (replica) await eventually(async () => (await redis.info('replication')).includes('state=online'));
    const configs = Array.from({ length: WRITERS }, (_, i) => define(`limits/${i}`, setup.durability));
    const orm = await openBenchOrm(database.url, [tenantry({ redis, configs })]);
    if (kill === 0) await orm.schema.create();
    const store = configStore(orm).tenant('acme');
    let killed = false;
    const startedAt = performance.now();
    const writers = configs.map(async config => {
      let last = 0;
      for (let n = 1; !killed; n++) {
        try {
          last = (await store.set(config, n)).version;
          acknowledged++;
        } catch {
          // Not at once: a Redis that is gone refuses without a turn of the event loop, which is what ends this.
          await new Promise(resolve => setTimeout(resolve, 5));
        }
      }
      return last;
    });
    await new Promise(resolve => setTimeout(resolve, int(...(setup.trafficMs ?? TRAFFIC_MS))));
    await server.kill();
    killed = true;
    busyMs += performance.now() - startedAt;
    const versions = await Promise.all(writers);
    redis.disconnect();
    await orm.close();
    const found = await versionsIn(replica ?? (await restarted(server)), configs);
    const missing = versions.reduce((sum, version, i) => sum + Math.max(0, version - (found[i] as number)), 0);
    lost += missing;
    worst = Math.max(worst, missing);
    if (missing > 0) killsWithLoss++;
  }
  const row = {
    what: setup.what,
    kills: KILLS,
    acknowledged,
    'sets/s': Math.round((acknowledged / busyMs) * 1_000),
    lost,
    'kills that lost some': killsWithLoss,
    'most lost by one': worst,
  };
  console.log(JSON.stringify(row));
  return row;
}

function define(name: string, durability: Durability): ConfigDefinition<number, number> {
  const schema = {
    '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) },
  } as const;
  return defineConfig({
    name,
    schema: schema as never,
    writePolicy: 'write-back',
    durability,
    cacheTimeout: '5s',
  }) as ConfigDefinition<number, number>;
}

async function restarted(server: RedisServer): Promise<RedisServer> {
  await server.start();
  return server;
}

/** 0 where there is nothing. */
async function versionsIn(
  server: RedisServer,
  configs: readonly ConfigDefinition<number, number>[],
): Promise<number[]> {
  const redis = new Redis(server.url);
  const { dirty } = createRedisNames().of('acme');
  const found = await eventually(() => redis.hmgetBuffer(dirty, ...configs.map(({ address }) => address)));
  redis.disconnect();
  return found.map(entry => (entry ? Number(entry.readBigUInt64BE(0)) : 0));
}
