import { duplicateCluster } from './duplicate-cluster.ts';
import { DISCONNECT_MS, endConnection } from './end-connection.ts';
import { isCluster, type RedisClient } from './redis-client.ts';
import { endTimerWithSocket, unrefReconnect } from './within-ioredis.ts';

/**
 * A connection for writes that must not be made twice or late. The application's own sends again, once it is back, what was
 * not answered:
 *
 *   writer 1: set A … connection lost, TIMEOUT
 *   writer 2:                                   set B, acknowledged
 *   writer 1:                                                        back: sends A again   → B is gone
 *
 * Made at the first write, and gone with the application's; it keeps no process alive. (On a Cluster, ioredis itself
 * tries again after a lost node; that cannot be switched off.)
 */
export function openWriteConnection(redis: RedisClient): RedisClient {
  const once = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, enableOfflineQueue: false } as const;
  const connection = isCluster(redis)
    ? duplicateCluster(redis, {
        redisOptions: { ...once, enableOfflineQueue: true, disconnectTimeout: DISCONNECT_MS },
        lazyConnect: true,
      })
    : redis.duplicate({ ...once, lazyConnect: true });
  // What goes wrong reaches the writer. ioredis prints what nobody listens to.
  connection.on('error', () => undefined);
  connection.on('connect', () => {
    if (!isCluster(connection)) connection.stream?.unref?.();
  });
  endTimerWithSocket(connection);
  unrefReconnect(connection);
  const end = () => endConnection(connection);
  redis.once('end', end);
  connection.once('end', () => redis.off('end', end));
  return connection;
}

/** So long one that ended by itself is not made anew: a Redis that refuses it is not asked at the rate of writes. */
const REOPEN_PAUSE_MS = 100;

/** The connection for writes of one application: made at the first write, and anew where its `retryStrategy` has ended it. */
export class WriteConnection {
  readonly #redis: RedisClient;
  #connection: RedisClient | undefined;
  #openedAt = 0;
  #isClosed = false;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  open(): RedisClient {
    if (!this.#connection || this.#isGivenUp(this.#connection)) {
      this.#connection = openWriteConnection(this.#redis);
      this.#openedAt = performance.now();
    }
    return this.#connection;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#connection) endConnection(this.#connection);
  }

  #isGivenUp({ status }: RedisClient): boolean {
    const isEnded = status === 'end' && this.#redis.status === 'ready' && !this.#isClosed;
    return isEnded && performance.now() - this.#openedAt > REOPEN_PAUSE_MS;
  }
}
