import { isCluster, type RedisClient } from '@tenantry/redis';
import type { HandlerParts } from '../calls/handler-parts.ts';
import { redisState } from '../database/server-state.ts';
import { type Check, fail, look, ok, warn } from './check.ts';
import { clockCheck } from './check-database.ts';
import { isOlder } from './is-older.ts';

const OLDEST = { node: '6.2', cluster: '7.0' } as const;

/** Redis: there, of a release that works, keeping what it is given, and filled. */
export async function checkRedis(parts: Pick<HandlerParts, 'replication' | 'store'>): Promise<readonly Check[]> {
  const { redis } = parts.replication;
  const state = await redisState(redis);
  if (!state.reachable) {
    const problem = state.problem ?? 'Redis does not answer.';
    return [fail('redis', problem, 'Look at Redis and its log. Configs can be written meanwhile; readers are stale.')];
  }
  const found = await Promise.all([
    look('redis-eviction', () => evictionCheck(redis)),
    look('redis-persistence', () => persistenceCheck(parts)),
    look('redis-clock', async () => {
      const before = Date.now();
      const [seconds, micros] = await redis.time();
      const told = Number(seconds) * 1_000 + Number(micros) / 1_000;
      return clockCheck('redis-clock', 'Redis', told - (before + Date.now()) / 2);
    }),
    look('redis-filled', () => filledCheck(parts)),
  ]);
  return [versionCheck(redis, state.version, state.ms), ...found.flat()];
}

function versionCheck(redis: RedisClient, version: string | undefined, ms = 0): Check {
  if (version === undefined) return ok('redis', `It answers in ${ms} ms, and does not say its release.`);
  const oldest = isCluster(redis) ? OLDEST.cluster : OLDEST.node;
  if (isOlder(version, oldest))
    return fail('redis', `Redis ${version} is too old.`, `Take Redis ${oldest} or newer, or Valkey.`);
  return ok('redis', `It is ${version}${isCluster(redis) ? ', a Cluster' : ''}, and answers in ${ms} ms.`);
}

async function evictionCheck(redis: RedisClient): Promise<Check> {
  const policies = await infoOf(redis, 'memory', 'maxmemory_policy');
  const bad = policies.find(policy => policy !== 'noeviction');
  if (policies.length === 0) throw new Error('INFO did not say it.');
  if (bad === undefined) return ok('redis-eviction', 'Redis drops nothing when it is short of memory (`noeviction`).');
  const message = `Redis has the eviction policy ${bad}: short of memory it drops jobs, records and write-backs.`;
  return fail('redis-eviction', message, 'Set `maxmemory-policy noeviction`.');
}

async function persistenceCheck({ replication: { redis }, store }: Pick<HandlerParts, 'replication' | 'store'>) {
  const id = 'redis-persistence';
  const aof = await infoOf(redis, 'persistence', 'aof_enabled');
  if (aof.length === 0) throw new Error('INFO did not say it.');
  const states = await Promise.all(
    ['aof_last_write_status', 'rdb_last_bgsave_status'].map(field => infoOf(redis, 'persistence', field)),
  );
  if (states.flat().some(status => status !== 'ok'))
    return fail(id, 'Redis could not write to its disk the last time.', 'Look at the disk and at the log of Redis.');
  if (aof.every(enabled => enabled === '1')) return ok(id, 'Redis keeps what it is given on its disk (AOF).');
  const backs = [...store.definitions.values()].filter(({ writePolicy }) => writePolicy === 'write-back');
  const message = 'Redis has no AOF: a crash loses what it was given since its last snapshot.';
  if (backs.length === 0) return ok(id, `${message} A worker fills it from the tables again.`);
  const lost = `${message} That includes write-backs of ${backs.length} ${backs.length === 1 ? 'config' : 'configs'}.`;
  return warn(id, lost, 'Set `appendonly yes`.');
}

/** Whether this Redis has everything, or has lost its data. */
async function filledCheck({ replication }: Pick<HandlerParts, 'replication'>): Promise<Check> {
  const state = await replication.redis.get(replication.replica.names.fillState);
  if (state?.startsWith('filled ')) return ok('redis-filled', 'Redis has been filled from the tables.');
  const remedy = 'Run a worker: it fills Redis from the tables within a minute.';
  if (state !== null) return warn('redis-filled', 'Redis is being filled.', 'Wait, and look whether a worker runs.');
  return fail('redis-filled', 'Redis was never filled, or has lost its data.', remedy);
}

/** What each master says of one thing. */
async function infoOf(redis: RedisClient, section: string, field: string): Promise<readonly string[]> {
  const servers = isCluster(redis) ? redis.nodes('master') : [redis];
  const texts = await Promise.all(servers.map(server => server.info(section)));
  return texts.flatMap(text => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? []);
}
