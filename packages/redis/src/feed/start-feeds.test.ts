import { Redis, type RedisOptions } from 'ioredis';
import { expect, it } from 'vitest';
import { openFeedSubscriber } from './start-feeds.ts';

it('no number of failed attempts to connect is the last one: there is always a next pause, of two seconds at most', () => {
  // R3 (reader): ioredis tries again as long as it is told for how many ms to wait.
  const redis = new Redis({ lazyConnect: true });
  let options: RedisOptions = {};
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = given => {
    options = given ?? {};
    return duplicate({ ...given, lazyConnect: true });
  };
  openFeedSubscriber(redis, () => 1, 'tenantry').close();
  for (const attempt of [1, 10_001, 1_000_000_000]) {
    expect(options.retryStrategy?.(attempt)).toBeGreaterThan(0);
    expect(options.retryStrategy?.(attempt)).toBeLessThanOrEqual(2_000);
  }
});
