import { TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { type RedisClient, whenReady, within } from '@tenantry/redis';

const REDIS_MS = 2_000;

/** What Redis answers within 2 s; `UNAVAILABLE`, `TIMEOUT`. */
export function withRedis<T>(redis: RedisClient, work: () => Promise<T>, what = 'Reading from Redis'): Promise<T> {
  return within(REDIS_MS, what, whenReady(redis).then(work)).catch(error => {
    throw withoutValues(error, what, TRY_AGAIN);
  });
}
