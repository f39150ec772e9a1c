import { eventually, type RedisServer, startSentinel } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { RedisPlace } from './redis-place.ts';

const NAME = 'main';

/** A master, a replica, and a Sentinel that fails over. */
export async function startSentinelRedis(): Promise<RedisPlace> {
  const setup = await startSentinel({ appendOnly: 'everysec' });
  const { master, replica } = setup;
  const [sentinel] = setup.sentinels;
  const connect = (): Redis => {
    const redis = new Redis({
      name: NAME,
      sentinels: [sentinel],
      retryStrategy: () => 50,
      sentinelRetryStrategy: () => 50,
      maxRetriesPerRequest: null,
    });
    redis.on('error', () => undefined);
    return redis;
  };
  await eventually(() => sentinelKnows(sentinel, [master, replica]), { timeoutMs: 20_000, intervalMs: 100 });
  return {
    kind: 'sentinel',
    servers: [master, replica],
    way: async () => ({ address: { kind: 'sentinel', name: NAME, sentinels: [sentinel] }, proxy: undefined }),
    connect,
    masters: async () => [connect()],
    [Symbol.asyncDispose]: () => setup.close(),
  };
}

async function sentinelKnows(sentinel: { host: string; port: number }, servers: RedisServer[]): Promise<boolean> {
  const redis = new Redis({ ...sentinel, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const known = (await redis.call('SENTINEL', 'REPLICAS', NAME)) as unknown[];
    return known.length === servers.length - 1;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
