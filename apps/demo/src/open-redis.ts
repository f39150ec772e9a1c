import { Redis } from 'ioredis';

/** As an application would have it, but quick to come back after an outage. */
export function openRedis(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: times => Math.min(times * 50, 250) });
  // Outages are the point here; the reports tell of them.
  redis.on('error', () => undefined);
  return redis;
}
