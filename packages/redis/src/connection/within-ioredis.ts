import type { Redis } from 'ioredis';
import { isCluster, type RedisClient } from './redis-client.ts';

// What ioredis has no word for. Everything is looked for and may be missing; the tests of `endConnection` tell when it
// has another name. Seen in ioredis 6.0.0 and 5.11.1.

interface Internals {
  /** Sent over a lost connection, to be sent again once there is another one. */
  readonly prevCommandQueue?: Queue | null;
  readonly commandQueue?: Queue;
  readonly offlineQueue?: Queue;
  socketTimeoutTimer?: NodeJS.Timeout | undefined;
  reconnectTimeout?: NodeJS.Timeout | null;
  retryAttempts?: number;
  /** Of a Sentinel's client. */
  readonly connector?: { readonly failoverDetector?: { readonly sentinels?: readonly { readonly client?: Redis }[] } };
}

interface ClusterInternals {
  readonly subscriber?: { readonly subscriber?: Redis | null; readonly lastActiveSubscriber?: Redis | null };
  readonly shardedSubscribers?: {
    readonly shardedSubscribers?: ReadonlyMap<string, { readonly instance?: Redis | null }>;
  };
}

interface Queue {
  shift(): { readonly command: { readonly promise: Promise<unknown>; reject(error: Error): void } } | undefined;
}

/** Every connection that a client has made; itself, where it is one. */
export function connectionsIn(redis: RedisClient): readonly Redis[] {
  if (!isCluster(redis)) {
    const { connector } = redis as unknown as Internals;
    const sentinels = connector?.failoverDetector?.sentinels ?? [];
    return [redis, ...sentinels.flatMap(({ client }) => client ?? [])];
  }
  const { subscriber, shardedSubscribers } = redis as unknown as ClusterInternals;
  const sharded = [...(shardedSubscribers?.shardedSubscribers?.values() ?? [])].map(({ instance }) => instance);
  const others = [subscriber?.subscriber, subscriber?.lastActiveSubscriber, ...sharded];
  return [...redis.nodes('all'), ...others.flatMap(each => each ?? [])];
}

/**
 * Rejects what waits for an answer that will never come. ioredis does so with what was sent on the connection that it ends,
 * and not with what it has kept from an earlier one, nor while it waits to connect again.
 */
export function rejectUnanswered(redis: RedisClient): void {
  const { prevCommandQueue, commandQueue, offlineQueue, socketTimeoutTimer } = redis as unknown as Internals;
  for (const queue of [prevCommandQueue, commandQueue, offlineQueue]) {
    for (let item = queue?.shift(); item; item = queue?.shift()) {
      // Some are ioredis's own, and nobody's.
      item.command.promise.catch(() => undefined);
      item.command.reject(new Error('Connection is closed.'));
    }
  }
  // ioredis 5 never clears it.
  clearTimeout(socketTimeoutTimer);
}

/**
 * Has the timer of `socketTimeout` end with its socket, on a connection that Tenantry makes. ioredis 5 lets it go on, sets none for
 * the next socket meanwhile, and then ends that one, however well it answers:
 *
 *   socket 1: asked, no answer, lost
 *   socket 2:                        answers … answers … ended by the timer of socket 1
 *
 * (A node's connection of a Cluster is never made anew: there the timer would only keep the process.)
 */
export function endTimerWithSocket<T extends RedisClient>(redis: T): T {
  if (isCluster(redis)) redis.on('+node', endTimerWithSocket);
  else
    redis.on('close', () => {
      const internals = redis as unknown as Internals;
      clearTimeout(internals.socketTimeoutTimer);
      internals.socketTimeoutTimer = undefined;
    });
  return redis;
}

/** Disconnected while it waits to connect again, ioredis would never say that it has ended. */
export function markEnded(redis: RedisClient): void {
  redis.status = 'end';
  redis.emit('end');
}

/** Has a connection that tries again no longer keep the process alive while it waits to. */
export function unrefReconnect(redis: RedisClient): void {
  redis.on('reconnecting', () => void (redis as unknown as Internals).reconnectTimeout?.unref());
}

/** So long a connection is left alone after it was told to connect at once. */
const RECONNECT_PAUSE_MS = 100;
const lastReconnects = new WeakMap<RedisClient, number>();

/**
 * Has a connection that waits to connect again do so now, and count its attempts anew: its `retryStrategy` may end it after so many.
 * Nothing where it is connected or being connected, or was told so a moment ago: a Redis that takes no more connections is not asked at the rate of writes.
 */
export function reconnectNow(redis: RedisClient): void {
  if (redis.status !== 'reconnecting') return;
  const now = performance.now();
  if (now - (lastReconnects.get(redis) ?? Number.NEGATIVE_INFINITY) < RECONNECT_PAUSE_MS) return;
  lastReconnects.set(redis, now);
  const internals = redis as unknown as Internals;
  // ioredis would leave it, and have one more try running after each that fails.
  clearTimeout(internals.reconnectTimeout ?? undefined);
  internals.reconnectTimeout = null;
  internals.retryAttempts = 0;
  redis.connect().catch(() => undefined);
}
