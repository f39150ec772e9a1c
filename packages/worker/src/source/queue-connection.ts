import { isCluster, type RedisClient } from '@tenantry/redis';

/**
 * A connection for BullMQ, to the Redis of the application's. Whatever bounds the application has set, BullMQ blocks
 * for ten seconds at a time and waits for a lost Redis without end. It makes its blocking connection like this one,
 * and may do so once more while it is being closed: that one must not try for ever.
 *
 * `silenceMs`: so long may an answer take before the connection, which may swallow what is sent, is made anew. Default: longer
 * than BullMQ ever blocks.
 */
export function openQueueConnection(
  redis: RedisClient,
  isClosing: () => boolean,
  silenceMs: number = 15_000,
): RedisClient {
  const retryDelay = (attempts: number) => (isClosing() ? null : Math.min(50 * attempts, 1_000));
  const connection = isCluster(redis)
    ? redis.duplicate([], {
        ...WAITS,
        clusterRetryStrategy: retryDelay,
        redisOptions: { ...UNBOUNDED, socketTimeout: silenceMs },
      })
    : redis.duplicate({ ...WAITS, ...UNBOUNDED, socketTimeout: silenceMs, retryStrategy: retryDelay });
  // BullMQ reports what happens here, until it lets go of the connection. ioredis prints what nobody listens to.
  connection.on('error', () => undefined);
  return connection;
}

const WAITS = { enableOfflineQueue: true, enableReadyCheck: true, lazyConnect: false } as const;

// Merged by ioredis with what the application has set, its password for one.
const UNBOUNDED = {
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  blockingTimeout: undefined,
  // In the shapes that BullMQ reads.
  stringNumbers: false,
  replyMapping: 'legacy',
} as const;
