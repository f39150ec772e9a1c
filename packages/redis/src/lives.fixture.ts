import { liveAndClose } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openWriteConnection } from './connection/write-connection.ts';
import { createReplicaReader, endConnection, startFeeds, whenReady } from './index.ts';

// Everything of this package that has a life, in a process of its own.
const prefix = process.argv[2] as string;
await liveAndClose({
  async feeds(redisUrl) {
    const redis = connect(redisUrl);
    const reader = createReplicaReader({ redis, prefix, timeoutMs: 300 });
    const feeds = startFeeds({ redis, reader, heartbeatMs: 20, timeoutMs: 1_000 });
    const follower = { onMessage() {}, onLive() {}, onTrouble() {}, resync: async () => undefined };
    await feeds.follow('acme', follower).ready;
    return {
      async close() {
        await feeds.close();
        await feeds.close();
        endConnection(redis);
      },
    };
  },
  async 'write connection'(redisUrl) {
    const redis = connect(redisUrl);
    const connection = openWriteConnection(redis);
    await whenReady(connection).catch(() => undefined);
    // In the air when it is closed.
    connection.set(`${prefix}:closing`, 1).catch(() => undefined);
    return {
      async close() {
        endConnection(connection);
        endConnection(redis);
      },
    };
  },
});

function connect(redisUrl: string): Redis {
  const redis = new Redis(redisUrl, { retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  return redis;
}
