import type { Redis } from 'ioredis';
import { endConnection } from '../../connection/end-connection.ts';
import { channelSuffixOf } from '../../connection/redis-client.ts';
import { watchServer } from '../../connection/watch-server.ts';
import { endTimerWithSocket } from '../../connection/within-ioredis.ts';
import type { FeedSubscriber } from './feed-subscriber.ts';

/** Listens to plain channels, on one connection. */
export function plainSubscriber(
  redis: Redis,
  retryStrategy: (attempt: number) => number,
  connectionName: string,
): FeedSubscriber {
  const connection = redis.duplicate({
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    enableOfflineQueue: false,
    lazyConnect: false,
    retryStrategy,
    connectionName,
  });
  endTimerWithSocket(connection);
  const suffix = channelSuffixOf(redis);
  const named = (channels: string[]) => channels.map(channel => channel + suffix);
  // What this connection subscribed. Kept in the order of the answers: the server counted as of the same moment.
  const made = new Set<string>();
  connection.on('close', () => made.clear());
  return {
    get status() {
      return connection.status;
    },
    onReady: ready => void connection.on('ready', ready),
    onLost: lost => void connection.on('close', lost),
    onError: trouble => void connection.on('error', trouble),
    onPush: push =>
      void connection.on('messageBuffer', (channel: Buffer, message: Buffer) =>
        push(channel.toString('utf8', 0, channel.length - suffix.length), message),
      ),
    subscribe: channels =>
      connection.subscribe(...named(channels)).then(() => {
        for (const channel of channels) made.add(channel);
      }),
    unsubscribe: async channels => {
      if (connection.status !== 'ready') return;
      await connection.unsubscribe(...named(channels)).then(() => {
        for (const channel of channels) made.delete(channel);
      });
    },
    // Leaving a channel that nobody is on changes nothing, and takes no right that a subscriber has not. A ping is answered as well, and does not count.
    answer: ([channel]) => connection.unsubscribe(`${channel}:none`).then(count => Number(count) >= made.size),
    nodeCount: 1,
    nodeOf: () => undefined,
    isElsewhere: watchServer(redis, connection),
    reconnect: () => endConnection(connection, true),
    close: () => endConnection(connection),
  };
}
