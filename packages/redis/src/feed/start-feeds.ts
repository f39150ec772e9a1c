import { type Tenant, TenantryError } from '@tenantry/protocol';
import type { RedisClient } from '../connection/redis-client.ts';
import { within } from '../connection/within.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import type { FeedHead } from '../replica/feed-head.ts';
import type { FeedFollower } from './feed-follower.ts';
import { openFeedSubscriber } from './feed-subscriber.ts';
import { type FeedCounters, TenantFeed } from './tenant-feed.ts';

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
  /** Begins to follow. `ready` resolves after the first attempt, live or not, or after `timeoutMs`. One follower per tenant. */
  follow(tenant: Tenant, follower: FeedFollower): FollowedFeed;
  readonly counters: Readonly<FeedCounters>;
  /** Ends the connection. Idempotent. */
  close(): Promise<void>;
}

/** One tenant's feed, followed until `close()`. */
export interface FollowedFeed {
  readonly feed: TenantFeed;
  readonly ready: Promise<void>;
  close(): void;
}

// A Cluster client that lost a node's subscriber in a failover may never make another. Mostly it does, in a moment.
const isOrphaned = (error: unknown) => error instanceof Error && error.name === 'AbortError';
const PATIENCE_TRIES = 3;

const STUCK: readonly string[] = ['connect', 'close'];

const isTimeout = (error: unknown) => error instanceof TenantryError && error.code === 'TIMEOUT';
/** Redis answered, with a no: the user may not, or something else stands there. Of several tenants it may be about one. */
const isRefusal = (error: unknown) => error instanceof Error && error.name === 'ReplyError';

const DEFAULTS = Object.freeze({ heartbeatMs: 5_000, timeoutMs: 1_000 });

// One SUBSCRIBE for so many channels at most, so that a reconnect with many tenants does not block the connection.
const SUBSCRIBE_BATCH = 500;

/** Follows feeds on a connection of its own, made like `redis`; it reconnects and repairs by itself until `close()`. */
export function startFeeds(options: FeedsOptions): Feeds {
  const { redis, reader, random = Math.random, onTrouble = () => undefined } = options;
  const { heartbeatMs = DEFAULTS.heartbeatMs, timeoutMs = DEFAULTS.timeoutMs } = options;
  const counters: FeedCounters = { gaps: 0, resyncs: 0 };
  const feeds = new Map<string, TenantFeed>();
  /** Whoever waits for the first attempt. */
  const attempts = new Map<TenantFeed, () => void>();
  const connecting = new Set<TenantFeed>();
  const subscriber = openFeedSubscriber(redis, random);
  /** Counts the connections: what was begun on one says nothing about the next. */
  let life = 0;
  let unreadyMs = 0;
  let orphaned = 0;
  let closed = false;

  subscriber.onPush((channel, message) => feeds.get(channel)?.receive(message));
  subscriber.onReady(() => void connect([...feeds.values()], 'connected'));
  subscriber.onLost(() => disconnect('the connection to Redis is lost'));
  subscriber.onError(trouble);
  // Chained, not an interval: a slow check is never overtaken by the next one.
  let timer = setTimeout(beat, heartbeatMs);

  async function connect(which: TenantFeed[], why: string): Promise<void> {
    const present = life;
    for (const feed of which) connecting.add(feed);
    for (let i = 0; i < which.length; i += SUBSCRIBE_BATCH) {
      const batch = which.slice(i, i + SUBSCRIBE_BATCH);
      // Asked anew after each wait: a feed closed meanwhile must not be subscribed, nor told that it is live.
      const wanted = () => (life === present ? batch.filter(feed => feeds.get(channelOf(feed)) === feed) : []);
      try {
        const channels = wanted().map(channelOf);
        if (channels.length > 0) await within(timeoutMs, 'Subscribing to feeds', subscriber.subscribe(channels));
        orphaned = 0;
        const marker = wanted().some(feed => !feed.position) ? await fillState() : undefined;
        await Promise.all(wanted().map(feed => feed.connected(why, marker)));
      } catch (error) {
        if (isRefusal(error) && batch.length > 1) await Promise.all(wanted().map(feed => connect([feed], why)));
        else {
          for (const feed of wanted()) feed.disconnected('the feed cannot be subscribed');
          if (isOrphaned(error)) orphaned++;
          if (isTimeout(error) || orphaned >= PATIENCE_TRIES) renew(present);
          trouble(error);
        }
      }
      for (const feed of batch) {
        if (life === present) connecting.delete(feed);
        attempted(feed);
      }
    }
  }

  function disconnect(why: string): void {
    life++;
    connecting.clear();
    for (const feed of feeds.values()) {
      feed.disconnected(why);
      attempted(feed);
    }
  }

  /** The connection swallows what is sent: only another one will answer. */
  function renew(silent: number): void {
    if (life !== silent || closed) return;
    orphaned = 0;
    disconnect('the feed does not answer');
    subscriber.reconnect();
  }

  function attempted(feed: TenantFeed): void {
    attempts.get(feed)?.();
    attempts.delete(feed);
  }

  async function beat(): Promise<void> {
    // Connected and not ready: the server took the connection and says nothing. ioredis would wait for ever for its
    // first answer. Closed for as long: it does not try again by itself.
    unreadyMs = STUCK.includes(subscriber.status) ? unreadyMs + heartbeatMs : 0;
    if (unreadyMs > timeoutMs) {
      unreadyMs = 0;
      subscriber.reconnect();
    }
    await check().catch(trouble);
    if (closed) return;
    timer = setTimeout(beat, heartbeatMs);
  }

  async function check(): Promise<void> {
    if (subscriber.status !== 'ready') return;
    const followed = [...feeds.values()].filter(feed => feed.subscribed);
    const others = [...feeds.values()].filter(feed => !feed.subscribed && !connecting.has(feed));
    if (others.length > 0) void connect(others, 'connected');
    if (followed.length === 0) return;
    const present = life;
    const positions = followed.map(feed => feed.position);
    const marker = fillState();
    const heads = await headsOf(followed);
    try {
      // The answer comes on the connection of the pushes, after every push that preceded the heads read above.
      await within(timeoutMs, 'A heartbeat of the feed', subscriber.answer(followed.map(channelOf)));
    } catch (error) {
      renew(present);
      throw error;
    }
    const filled = await marker;
    followed.forEach((feed, i) => {
      if (heads.has(feed)) feed.check(heads.get(feed), positions[i], filled);
    });
  }

  /** Of a Cluster the node that says it may be away alone. */
  function fillState(): Promise<string | undefined> {
    return reader.fillState().catch(() => undefined);
  }

  async function headsOf(which: readonly TenantFeed[]): Promise<Map<TenantFeed, FeedHead | undefined>> {
    try {
      const tenants = which.map(feed => feed.tenant);
      const heads = await within(timeoutMs, 'Reading the heads of the feeds', reader.heads(tenants));
      return new Map(which.map((feed, i) => [feed, heads[i]]));
    } catch (error) {
      if (isRefusal(error) && which.length > 1) {
        const each = await Promise.all(which.map(feed => headsOf([feed]).catch(trouble)));
        return new Map(each.flatMap(head => [...(head ?? [])]));
      }
      for (const feed of which) feed.unanswered();
      throw error;
    }
  }

  function trouble(error: unknown): void {
    if (!closed) onTrouble(error);
  }

  function channelOf(feed: TenantFeed): string {
    return reader.names.of(feed.tenant).feed;
  }

  return {
    counters,
    follow(tenant, follower) {
      if (closed) throw new TenantryError('CLOSED', 'The feeds are closed: nothing can be followed any more.');
      const feed = new TenantFeed(tenant, reader, follower, counters);
      const channel = channelOf(feed);
      feeds.set(channel, feed);
      const attempt = new Promise<void>(resolve => attempts.set(feed, resolve));
      if (subscriber.status === 'ready') void connect([feed], 'connected');
      return {
        feed,
        ready: within(timeoutMs, 'The first attempt to follow a feed', attempt).catch(() => undefined),
        close() {
          if (feeds.get(channel) !== feed) return;
          feeds.delete(channel);
          feed.disconnected('closed');
          attempted(feed);
          subscriber.unsubscribe([channel]).catch(trouble);
        },
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      disconnect('closed');
      feeds.clear();
      subscriber.close();
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}
