import { type Tenant, TenantryError } from '@tenantry/protocol';
import { Attempts, withoutValues } from '@tenantry/protocol/internal';
import { createFeedCodec } from '@tenantry/protocol/wire';
import { isAborted, isForbidden, isRefusal } from '../connection/redis-errors.ts';
import { within } from '../connection/within.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import { batchesOf } from './feed-batches.ts';
import type { FeedFollower } from './feed-follower.ts';
import { FeedMarks, type SavedFeedMark } from './feed-marks.ts';
import { FeedRefusals } from './feed-refusals.ts';
import type { FeedCounters, FeedParts } from './feed-repair.ts';
import type { FillNews } from './fill-news.ts';
import { Heartbeat, isTimeout } from './heartbeat.ts';
import type { FeedSubscriber } from './pushes/feed-subscriber.ts';
import { PushTurns } from './pushes/push-turns.ts';
import { TenantFeed } from './tenant-feed.ts';

/** One tenant's feed, followed until `close()`. */
export interface FollowedFeed {
  readonly feed: TenantFeed;
  readonly ready: Promise<void>;
  close(): void;
}

/** What `Feeds` work with. */
export interface FeedsParts {
  readonly subscriber: FeedSubscriber;
  readonly reader: ReplicaReader;
  readonly heartbeatMs: number;
  readonly timeoutMs: number;
  readonly clock: () => number;
  readonly onTrouble: (error: unknown) => void;
  readonly fills: FillNews;
}

// A Cluster client that lost a node's subscriber in a failover may never make another. Mostly it does, in a moment.
const PATIENCE_TRIES = 3;

/** One connection that follows the feeds of many tenants. */
export class Feeds implements AsyncDisposable {
  /** How connecting, subscribing and the heartbeats go. */
  readonly attempts: Attempts;
  readonly #parts: FeedsParts;
  /** One codec and not one for each feed: it would be a quarter of what a tenant costs a reader. */
  readonly #feedParts: FeedParts;
  readonly #heartbeat: Heartbeat;
  /** By channel. */
  readonly #feeds = new Map<string, TenantFeed>();
  /** Resolves the first attempt of a feed. */
  readonly #attempts = new Map<TenantFeed, () => void>();
  readonly #connecting = new Set<TenantFeed>();
  readonly #marks = new FeedMarks();
  readonly #refusals = new FeedRefusals();
  readonly #pushes = new PushTurns();
  /** Counts the connections: a call that was begun on one says nothing about the next. */
  #connection = 0;
  /** The last error that the connection told of. */
  #connectionError: unknown;
  #orphaned = 0;
  #closed = false;

  constructor(parts: FeedsParts) {
    this.#parts = parts;
    const { subscriber, reader, clock } = parts;
    this.attempts = new Attempts(clock);
    this.#feedParts = { reader, codec: createFeedCodec(), counters: { gaps: 0, resyncs: 0 }, refusals: this.#refusals };
    subscriber.onPush((channel, message) => {
      const feed = this.#feeds.get(channel);
      if (feed) this.#pushes.take(feed, message);
    });
    subscriber.onReady(() => {
      if (this.#feeds.size === 0) this.attempts.succeeded();
      void this.#connect([...this.#feeds.values()], 'connected');
    });
    subscriber.onLost(() => {
      this.#failed(
        this.#connectionError ?? new TenantryError('UNAVAILABLE', 'Redis closed the connection for pushes.'),
      );
      this.#connectionError = undefined;
      this.#pushes.drain();
      this.#disconnect('the connection to Redis is lost');
    });
    // A failed attempt to connect is an error and then a loss.
    subscriber.onError(error => {
      this.#connectionError = error;
      this.#tell(error);
    });
    this.#heartbeat = new Heartbeat({
      ...parts,
      followed: () => [...this.#feeds.values()],
      refusals: this.#refusals,
      subscribeMissing: feeds => this.#subscribeMissing(feeds),
      subscribeAgain: feeds => void this.#connect(feeds, 'a subscription was lost'),
      connection: () => this.#connection,
      renew: silent => this.#renew(silent),
      handedOn: () => this.#pushes.handedOn(),
      onAnswer: () => this.attempts.succeeded(),
      onFillState: parts.fills.saw,
      onTrouble: error => {
        this.#failed(error);
        this.#tell(error);
      },
    });
  }

  /** There is a connection for pushes. */
  get isConnected(): boolean {
    return this.#parts.subscriber.status === 'ready';
  }

  /** Why Redis does not let this user follow a feed; undefined: it does, or was not asked yet. */
  refusalOf(feed: TenantFeed): TenantryError | undefined {
    return this.#refusals.of(feed);
  }

  /** How often the feeds had to be repaired. */
  get counters(): Readonly<FeedCounters> {
    return this.#feedParts.counters;
  }

  /**
   * Begins to follow. `ready` resolves after the first attempt, live or not, or after `timeoutMs`. One follower per tenant. `saved`: the
   * follower was brought that far by another process, and is brought on from there. Not where this process has followed the tenant since.
   */
  follow(tenant: Tenant, follower: FeedFollower, saved?: SavedFeedMark): FollowedFeed {
    const { subscriber, reader, timeoutMs } = this.#parts;
    if (this.#closed) throw new TenantryError('CLOSED', 'The feeds are closed: nothing can be followed any more.');
    const channel = reader.names.of(tenant).feed;
    const start = { mark: this.#marks.take(channel), saved };
    const feed = new TenantFeed(tenant, channel, follower, this.#feedParts, start);
    this.#feeds.set(channel, feed);
    const attempt = new Promise<void>(resolve => this.#attempts.set(feed, resolve));
    if (subscriber.status === 'ready') void this.#connect([feed], 'connected');
    return {
      feed,
      ready: within(timeoutMs, 'The first attempt to follow a feed', attempt).catch(() => undefined),
      close: () => {
        feed.disconnected('closed');
        this.leave(feed);
      },
    };
  }

  /** Ends the following. From here on its follower is told nothing, although a repair may still be on its way. Idempotent. */
  leave(feed: TenantFeed): void {
    const { channel } = feed;
    feed.left();
    if (this.#feeds.get(channel) !== feed) return;
    this.#feeds.delete(channel);
    this.#marks.leave(channel, feed.mark);
    feed.disconnected('closed');
    this.#attempted(feed);
    this.#parts.subscriber.unsubscribe([channel]).catch(error => this.#tell(error));
  }

  /** Ends the connection. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat.stop();
    this.#pushes.close();
    this.#disconnect('closed');
    this.#feeds.clear();
    this.#parts.subscriber.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #connect(feeds: readonly TenantFeed[], why: string): Promise<void> {
    const present = this.#connection;
    for (const feed of feeds) this.#connecting.add(feed);
    for (const batch of batchesOf(feeds, this.#refusals)) {
      await this.#subscribe(batch, why, present);
      for (const feed of batch) {
        if (this.#connection === present) this.#connecting.delete(feed);
        this.#attempted(feed);
      }
    }
  }

  async #subscribe(batch: readonly TenantFeed[], why: string, present: number): Promise<void> {
    const { subscriber, reader, timeoutMs, fills } = this.#parts;
    const isFollowed = (feed: TenantFeed) => this.#feeds.get(feed.channel) === feed;
    // Asked anew after each wait: a feed closed meanwhile must not be subscribed, nor told that it is live.
    const wanted = () => (this.#connection === present ? batch.filter(isFollowed) : []);
    try {
      const channels = wanted().map(({ channel }) => channel);
      if (channels.length > 0) await within(timeoutMs, 'Subscribing to feeds', subscriber.subscribe(channels));
      this.#orphaned = 0;
      const isNew = wanted().some(feed => !feed.position);
      // Of a Cluster the node that has it may be away alone.
      const fillState = isNew ? await reader.fillState().then(fills.saw, () => undefined) : undefined;
      await Promise.all(wanted().map(feed => feed.connected(why, fillState, isNew ? fills.lost : undefined)));
      if (channels.length > 0) this.attempts.succeeded();
    } catch (error) {
      if (isRefusal(error) && batch.length > 1) {
        await Promise.all(wanted().map(feed => this.#connect([feed], why)));
        return;
      }
      if (isForbidden(error)) {
        // Redis has answered, so the connection is well.
        this.attempts.succeeded();
        for (const feed of wanted()) this.#refusals.refused(feed, error);
        return;
      }
      for (const feed of wanted()) feed.disconnected('the feed cannot be subscribed');
      if (isAborted(error)) this.#orphaned++;
      if (isTimeout(error) || this.#orphaned >= PATIENCE_TRIES) this.#renew(present);
      this.#failed(error);
      this.#tell(error);
    }
  }

  #subscribeMissing(feeds: readonly TenantFeed[]): void {
    const missing = feeds.filter(feed => !this.#connecting.has(feed));
    if (missing.length > 0) void this.#connect(missing, 'connected');
  }

  #disconnect(why: string): void {
    this.#connection++;
    this.#connecting.clear();
    for (const feed of this.#feeds.values()) {
      feed.disconnected(why);
      this.#attempted(feed);
    }
  }

  /** The connection swallows what is sent: only another one will answer. */
  #renew(silent: number): void {
    if (this.#connection !== silent || this.#closed) return;
    this.#orphaned = 0;
    this.#pushes.drain();
    this.#disconnect('the feed does not answer');
    this.#parts.subscriber.reconnect();
  }

  #attempted(feed: TenantFeed): void {
    this.#attempts.get(feed)?.();
    this.#attempts.delete(feed);
  }

  #failed(error: unknown): void {
    if (!this.#closed) this.attempts.failed(withoutValues(error, 'Following the feeds'));
  }

  #tell(error: unknown): void {
    if (!this.#closed) this.#parts.onTrouble(error);
  }
}
