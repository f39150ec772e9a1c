import { type Tenant, TenantryError } from '@tenantry/protocol';
import type { FeedHead, ReplicaReader } from './create-replica-reader.ts';
import { isCluster, type RedisClient } from './redis-client.ts';
import { type FeedCounters, type FeedFollower, TenantFeed } from './tenant-feed.ts';
import { within } from './within.ts';

/** Options of `startFeeds`. */
export interface FeedsOptions {
  readonly redis: RedisClient;
  readonly reader: ReplicaReader;
  /** How often, in ms, the connection and each feed's position are checked. Default 5,000. */
  readonly heartbeatMs?: number;
  /** How long, in ms, a check may take. Default 1,000. */
  readonly timeoutMs?: number;
  /** 0 to 1, spreads reconnects. Default `Math.random`. */
  readonly random?: () => number;
  /** Trouble with the connection. It is repaired without anyone's help. */
  readonly onTrouble?: (error: unknown) => void;
}

/** One connection that follows the feeds of many tenants. */
export interface Feeds extends AsyncDisposable {
  /** Begins to follow; `ready` settles after the first attempt, live or not. One follower per tenant. */
  follow(tenant: Tenant, follower: FeedFollower): FollowedFeed;
  readonly counters: Readonly<FeedCounters>;
  /** Ends the connection. Idempotent. */
  close(): Promise<void>;
}

export interface FollowedFeed {
  readonly feed: TenantFeed;
  readonly ready: Promise<void>;
  close(): void;
}

const DEFAULTS = Object.freeze({ heartbeatMs: 5_000, timeoutMs: 1_000 });

// One SUBSCRIBE for so many channels at most, so that a reconnect with many tenants does not block the connection.
const SUBSCRIBE_BATCH = 500;
const RECONNECT_MS = { first: 50, last: 2_000 };

export function startFeeds(options: FeedsOptions): Feeds {
  const { redis, reader, random = Math.random, onTrouble = () => undefined } = options;
  const { heartbeatMs = DEFAULTS.heartbeatMs, timeoutMs = DEFAULTS.timeoutMs } = options;
  const counters: FeedCounters = { gaps: 0, resyncs: 0 };
  const feeds = new Map<string, TenantFeed>();
  const subscriber = openSubscriber(redis, random);
  let closed = false;

  subscriber.onPush((channel, message) => feeds.get(channel)?.receive(message));
  subscriber.connection.on('ready', () => void connect([...feeds.values()], 'connected'));
  subscriber.connection.on('close', () => disconnect('the connection to Redis is lost'));
  subscriber.connection.on('error', onTrouble);
  // Chained, not an interval: a slow check is never overtaken by the next one.
  let timer = setTimeout(beat, heartbeatMs);

  async function connect(which: TenantFeed[], why: string): Promise<void> {
    for (let i = 0; i < which.length; i += SUBSCRIBE_BATCH) {
      const batch = which.slice(i, i + SUBSCRIBE_BATCH);
      try {
        await subscriber.subscribe(batch.map(channelOf));
        await Promise.all(batch.map(feed => feed.connected(why)));
      } catch (error) {
        for (const feed of batch) feed.disconnected('the feed cannot be subscribed');
        onTrouble(error);
      }
    }
  }

  function disconnect(why: string): void {
    for (const feed of feeds.values()) feed.disconnected(why);
  }

  async function beat(): Promise<void> {
    await check().catch(onTrouble);
    if (!closed) timer = setTimeout(beat, heartbeatMs);
  }

  async function check(): Promise<void> {
    const followed = [...feeds.values()];
    if (subscriber.connection.status !== 'ready' || followed.length === 0) return;
    let heads: (FeedHead | undefined)[];
    try {
      heads = await within(
        timeoutMs,
        'Reading the heads of the feeds',
        reader.heads(followed.map(feed => feed.tenant)),
      );
    } catch (error) {
      for (const feed of followed) feed.unanswered();
      throw error;
    }
    try {
      // The answer comes on the connection of the pushes, after every push that preceded the heads read above.
      await within(timeoutMs, 'A heartbeat of the feed', subscriber.ping());
    } catch (error) {
      disconnect('the feed does not answer');
      subscriber.reconnect();
      throw error;
    }
    followed.forEach((feed, i) => {
      feed.check(heads[i]);
    });
  }

  function channelOf(feed: TenantFeed): string {
    return reader.names.of(feed.tenant).feed;
  }

  return {
    counters,
    follow(tenant, follower) {
      if (closed) throw new TenantryError('CLOSED', 'The feeds are closed: nothing can be followed any more.');
      const channel = reader.names.of(tenant).feed;
      const feed = new TenantFeed(tenant, reader, follower, counters);
      feeds.set(channel, feed);
      const ready = subscriber.connection.status === 'ready' ? connect([feed], 'connected') : Promise.resolve();
      return {
        feed,
        ready,
        close() {
          if (feeds.get(channel) !== feed) return;
          feeds.delete(channel);
          feed.disconnected('closed');
          subscriber.unsubscribe([channel]).catch(onTrouble);
        },
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      disconnect('closed');
      feeds.clear();
      subscriber.connection.disconnect();
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

/** The second connection, which only listens: sharded channels on a Cluster, plain ones elsewhere. */
function openSubscriber(redis: RedisClient, random: () => number) {
  const retry = (attempt: number) =>
    Math.min(RECONNECT_MS.last, RECONNECT_MS.first * 2 ** attempt) * (0.5 + random() / 2);
  if (isCluster(redis)) {
    const connection = redis.duplicate([], {
      shardedSubscribers: true,
      clusterRetryStrategy: retry,
      enableOfflineQueue: true,
    });
    return {
      connection,
      onPush: (push: (channel: string, message: Buffer) => void) =>
        connection.on('smessageBuffer', (channel: Buffer, message: Buffer) => push(channel.toString(), message)),
      // Each channel has a slot of its own, and a command only one.
      subscribe: (channels: string[]) => Promise.all(channels.map(channel => connection.ssubscribe(channel))),
      unsubscribe: (channels: string[]) => Promise.all(channels.map(channel => connection.sunsubscribe(channel))),
      ping: () => connection.ping(),
      reconnect: () => connection.disconnect(true),
    };
  }
  const connection = redis.duplicate({
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    enableOfflineQueue: false,
    lazyConnect: false,
    retryStrategy: retry,
  });
  return {
    connection,
    onPush: (push: (channel: string, message: Buffer) => void) =>
      connection.on('messageBuffer', (channel: Buffer, message: Buffer) => push(channel.toString(), message)),
    subscribe: (channels: string[]) => connection.subscribe(...channels),
    unsubscribe: async (channels: string[]) => {
      if (connection.status === 'ready') await connection.unsubscribe(...channels);
    },
    ping: () => connection.ping(),
    reconnect: () => connection.disconnect(true),
  };
}
