import {
  DISCONNECT_MS,
  duplicateCluster,
  endConnection,
  endTimerWithSocket,
  isCluster,
  type RedisClient,
  whenReadyBeside,
} from '@tenantry/redis';

/** A connection for BullMQ, with those that BullMQ makes like it. */
export interface QueueConnection {
  readonly redis: RedisClient;
  /** Settles when it can be used. `UNAVAILABLE` where Redis is away. */
  ready(): Promise<void>;
  /** Ends all of them, those included that are made later; what waits for an answer on them is rejected. */
  end(): void;
}

/**
 * Opens one to the Redis of the application's. Whatever bounds the application has set, BullMQ blocks for ten seconds at a
 * time and waits for a lost Redis without end. It makes its blocking connection like this one, and may do so once more
 * while it is being closed: that one must not try for ever.
 *
 * `silenceMs`: so long may an answer take before the connection, which may swallow what is sent, is made anew. Default: longer
 * than BullMQ ever blocks.
 */
export function openQueueConnection(
  application: RedisClient,
  isClosing: () => boolean,
  silenceMs: number = 15_000,
): QueueConnection {
  const retryDelay = (attempts: number) => (isClosing() ? null : Math.min(50 * attempts, 1_000));
  const redis = isCluster(application)
    ? duplicateCluster(application, {
        ...WAITS,
        clusterRetryStrategy: retryDelay,
        redisOptions: { ...UNBOUNDED, socketTimeout: silenceMs, disconnectTimeout: DISCONNECT_MS },
      })
    : application.duplicate({ ...WAITS, ...UNBOUNDED, socketTimeout: silenceMs, retryStrategy: retryDelay });
  // BullMQ reports what happens here, until it lets go of the connection. ioredis prints what nobody listens to.
  endTimerWithSocket(redis).on('error', () => undefined);
  // BullMQ waits with a timer for what its blocking connection is asked. ioredis may never answer there.
  const all = new Set([redis]);
  let isEnded = false;
  const duplicate = redis.duplicate.bind(redis) as (...args: unknown[]) => RedisClient;
  Object.assign(redis, {
    duplicate(...args: unknown[]) {
      const made = endTimerWithSocket(duplicate(...args)).on('error', () => undefined);
      all.add(made);
      if (isEnded) endForGood(made);
      return made;
    },
  });
  return {
    redis,
    ready: () => whenReadyBeside(application, redis),
    end() {
      isEnded = true;
      for (const each of all) endForGood(each);
    },
  };
}

/**
 * BullMQ disconnects its connections once more when its own close gets so far, however late that is. On a socket that is closed already
 * ioredis 6.0.0 would then begin a timer of two seconds that nothing ends. And BullMQ 6.7.0 connects a Cluster anew whose end has rejected its
 * blocking command: of nodes that are silent each would be asked for a second.
 */
function endForGood(connection: RedisClient): void {
  // What hides it since an earlier end.
  delete (connection as { disconnect?: unknown }).disconnect;
  endConnection(connection);
  Object.assign(connection, {
    disconnect: () => undefined,
    // In ioredis's words, which BullMQ knows.
    connect: () => Promise.reject(new Error('Connection is closed.')),
  });
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
