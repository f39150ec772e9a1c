import { pauseAfter } from '@tenantry/protocol/internal';
import type { Cluster, Redis } from 'ioredis';
import { duplicateCluster } from '../connection/duplicate-cluster.ts';
import { DISCONNECT_MS, endConnection } from '../connection/end-connection.ts';
import { channelSuffixOf, isCluster, type RedisClient } from '../connection/redis-client.ts';
import { endTimerWithSocket } from '../connection/within-ioredis.ts';

/** A connection that only listens: to sharded channels on a Cluster, to plain ones elsewhere. */
export interface FeedSubscriber {
  readonly status: string;
  onPush(push: (channel: string, message: Buffer) => void): void;
  /** Called when the connection can be used; it has no subscription yet. */
  onReady(ready: () => void): void;
  onLost(lost: () => void): void;
  onError(trouble: (error: unknown) => void): void;
  subscribe(channels: string[]): Promise<unknown>;
  unsubscribe(channels: string[]): Promise<unknown>;
  /** Resolves with an answer that comes, on each connection of these channels, after every push sent before. */
  answer(channels: string[]): Promise<unknown>;
  reconnect(): void;
  close(): void;
}

const RECONNECT_MS = Object.freeze({ firstMs: 100, lastMs: 2_000 });

/** Opens the connection, made like the application's. `random` spreads its reconnects. */
export function openFeedSubscriber(redis: RedisClient, random: () => number): FeedSubscriber {
  const retry = (attempt: number) => pauseAfter(attempt, { ...RECONNECT_MS, random });
  return isCluster(redis) ? shardedSubscriber(redis, retry) : plainSubscriber(redis, retry);
}

function plainSubscriber(redis: Redis, retryStrategy: (attempt: number) => number): FeedSubscriber {
  const connection = redis.duplicate({
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    enableOfflineQueue: false,
    lazyConnect: false,
    retryStrategy,
  });
  endTimerWithSocket(connection);
  const suffix = channelSuffixOf(redis);
  const named = (channels: string[]) => channels.map(channel => channel + suffix);
  return {
    ...common(connection),
    get status() {
      return connection.status;
    },
    onPush: push =>
      connection.on('messageBuffer', (channel: Buffer, message: Buffer) =>
        push(channel.toString('utf8', 0, channel.length - suffix.length), message),
      ),
    subscribe: channels => connection.subscribe(...named(channels)),
    unsubscribe: async channels => {
      if (connection.status === 'ready') await connection.unsubscribe(...named(channels));
    },
    answer: () => connection.ping(),
  };
}

/**
 * A Cluster's connection is made anew as a whole, never asked to reconnect: after a failover ioredis may wait for ever for
 * the subscriber of a node that is gone and make no other, and asked while it is about to be ready it ends as "close"
 * with no further attempt planned.
 */
function shardedSubscriber(redis: Cluster, clusterRetryStrategy: (attempt: number) => number): FeedSubscriber {
  const listen: ((connection: Cluster) => void)[] = [];
  let connection = open();

  function open(): Cluster {
    const opened = duplicateCluster(redis, {
      shardedSubscribers: true,
      clusterRetryStrategy,
      enableOfflineQueue: true,
      lazyConnect: false,
      redisOptions: { disconnectTimeout: DISCONNECT_MS },
    });
    for (const each of listen) each(opened);
    return endTimerWithSocket(opened);
  }

  function whenever(listener: (connection: Cluster) => void): void {
    listen.push(listener);
    listener(connection);
  }

  // Each channel has a slot of its own, and a command only one.
  const each = (channels: string[], call: (channel: string) => Promise<unknown>) => Promise.all(channels.map(call));
  return {
    get status() {
      return connection.status;
    },
    // A Cluster stays "ready" while one node's subscriber is lost and another takes its place.
    onReady: ready =>
      whenever(from => {
        const tell = () => from === connection && from.status === 'ready' && ready();
        from.on('ready', tell);
        from.on('subscribersReady', tell);
      }),
    onLost: lost =>
      whenever(from => {
        for (const event of ['close', '-node']) from.on(event, () => from === connection && lost());
      }),
    onError: trouble => whenever(from => void from.on('error', trouble)),
    onPush: push =>
      whenever(
        from => void from.on('smessageBuffer', (channel: Buffer, message: Buffer) => push(channel.toString(), message)),
      ),
    subscribe: channels => each(channels, channel => connection.ssubscribe(channel)),
    unsubscribe: channels => each(channels, channel => connection.sunsubscribe(channel)),
    // A ping would take one of the connections for commands. Leaving a channel that nobody is on takes the subscriber's.
    answer: channels => each(channels, channel => connection.sunsubscribe(`${channel}:none`)),
    reconnect() {
      const before = connection;
      connection = open();
      endQuietly(before);
    },
    close: () => endConnection(connection),
  };
}

/** Ends a connection that another one has replaced: its errors are no trouble any more. */
function endQuietly(connection: Cluster): void {
  connection.removeAllListeners('error');
  connection.on('error', () => undefined);
  endConnection(connection);
}

function common(connection: Redis) {
  return {
    onReady: (ready: () => void) => void connection.on('ready', ready),
    onLost: (lost: () => void) => void connection.on('close', lost),
    onError: (trouble: (error: unknown) => void) => void connection.on('error', trouble),
    reconnect: () => endConnection(connection, true),
    close: () => endConnection(connection),
  };
}
