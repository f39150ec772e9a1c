import { checkRedisClient, endConnection, openRedisUrl, type RedisClient, URL_OR_INSTANCE } from '@tenantry/redis';

/** A connection, and what to do with it at the end. */
export interface OpenedRedis {
  readonly redis: RedisClient;
  close(): void;
}

/** Takes the application's connection as it is, or opens one for a URL, which is made anew where nothing answers for twice the longest wait. */
export function openRedis(given: unknown, onError: (error: unknown) => void, longestWaitMs = 1_000): OpenedRedis {
  if (typeof given !== 'string') {
    checkRedisClient(given, URL_OR_INSTANCE);
    return { redis: given, close: () => undefined };
  }
  const redis = openRedisUrl(given, {
    maxRetriesPerRequest: 1,
    // The other end may be gone without a word. TCP would find out after a quarter of an hour.
    socketTimeout: 2 * longestWaitMs,
  });
  redis.on('error', onError);
  return { redis, close: () => endConnection(redis) };
}
