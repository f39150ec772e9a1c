import { Redis } from 'ioredis';
import { createReplicaReader, startFeeds } from './index.ts';

// Follows a feed, closes everything, and must then end by itself. The address may be one where nobody answers.
const [host, port] = process.argv.slice(2) as [string, string];
const redis = new Redis({ host, port: Number(port), retryStrategy: () => 50 });
redis.on('error', () => undefined);
const reader = createReplicaReader({ redis, prefix: 'closing', timeoutMs: 300 });
const feeds = startFeeds({ redis, reader, heartbeatMs: 20, timeoutMs: 300 });
const follower = { onMessage() {}, onLive() {}, onTrouble() {}, resync: async () => undefined };
const { ready, feed } = feeds.follow('acme', follower);
await ready;
process.stdout.write(`live: ${feed.live}\n`);
await feeds.close();
await feeds.close();
redis.disconnect();
process.disconnect?.();
