import { Cluster, Redis } from 'ioredis';
import { redisOptions } from '../drawn/drawn-options.ts';
import type { ProcessSettings } from './settings.ts';

/** As an application would have it: quick to come back, and rid of a connection that swallows what is sent. */
export function openRedis({ redis: address, drawn }: Pick<ProcessSettings, 'redis' | 'drawn'>): Redis | Cluster {
  const retry = (times: number): number => Math.min(times * 50, 500);
  const common = { ...redisOptions(drawn), connectTimeout: 2_000, socketTimeout: 3_000 };
  const options = { ...common, maxRetriesPerRequest: 1, retryStrategy: retry };
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
            redisOptions: common,
          });
  // Outages are the point here.
  redis.on('error', () => undefined);
  return redis;
}
