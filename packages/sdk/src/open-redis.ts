import { TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';
import { checkRedisClient, endConnection, type RedisClient } from '@tenantry/redis';
import { Redis } from 'ioredis';

/** A connection, and what to do with it at the end. */
export interface OpenedRedis {
  readonly redis: RedisClient;
  close(): void;
}

/** Takes the application's connection as it is, or opens one for a URL, which is made anew where nothing answers for twice the longest wait. */
export function openRedis(given: unknown, onError: (error: unknown) => void, longestWaitMs = 1_000): OpenedRedis {
  if (typeof given !== 'string') {
    checkRedisClient(given);
    return { redis: given, close: () => undefined };
  }
  if (!/^rediss?:\/\/./.test(given) || !URL.canParse(given))
    throw new TenantryError(
      'INVALID_OPTION',
      // Not shown: it may hold a password.
      `\`redis\` must be a redis:// or rediss:// URL, or an ioredis instance, got ${describeScheme(given)}.`,
    );
  const redis = new Redis(given, {
    maxRetriesPerRequest: 1,
    // The other end may be gone without a word. TCP would find out after a quarter of an hour.
    socketTimeout: 2 * longestWaitMs,
  });
  redis.on('error', onError);
  return { redis, close: () => endConnection(redis) };
}

function describeScheme(url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
  return scheme ? `a URL that begins with ${describeArrived(scheme)}` : 'some other text';
}
