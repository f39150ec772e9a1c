import { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from './settings.ts';

/** As an application would have it: quick to come back, and rid of a connection that swallows what is sent. */
export function openRedis(address: RedisAddress): Redis | Cluster {
  const retry = (times: number): number => Math.min(times * 50, 500);
  const options = { maxRetriesPerRequest: 1, retryStrategy: retry, connectTimeout: 2_000, socketTimeout: 3_000 };
  const redis =
    address.kind === 'single'
      ? new Redis(address.url, options)
      : address.kind === 'sentinel'
        ? new Redis({
            ...options,
            name: address.name,
            sentinels: [...address.sentinels],
            sentinelRetryStrategy: retry,
            sentinelReconnectStrategy: retry,
          })
        : new Cluster([...address.nodes], {
            clusterRetryStrategy: retry,
            redisOptions: { connectTimeout: 2_000, socketTimeout: 3_000 },
          });
  // Outages are the point here.
  redis.on('error', () => undefined);
  return redis;
}
