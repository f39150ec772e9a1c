import { TenantryError } from '@tenantry/protocol';
import { isRefusal } from '../connection/redis-errors.ts';
import { within } from '../connection/within.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import type { FeedHead } from '../replica/feed-head.ts';
import type { FeedSubscriber } from './feed-subscriber.ts';
import type { TenantFeed } from './tenant-feed.ts';

const STUCK: readonly string[] = ['connect', 'close'];

/** Redis did not answer within the budget. */
export const isTimeout = (error: unknown) => error instanceof TenantryError && error.code === 'TIMEOUT';

/** What a heartbeat works with. */
export interface HeartbeatParts {
  readonly subscriber: FeedSubscriber;
  readonly reader: ReplicaReader;
  readonly heartbeatMs: number;
  readonly timeoutMs: number;
  /** The feeds that are followed, subscribed on the present connection or not. */
  followed(): readonly TenantFeed[];
  channelOf(feed: TenantFeed): string;
  /** Subscribes those of these feeds that are not being subscribed already. */
  subscribeMissing(feeds: readonly TenantFeed[]): void;
  /** Counts the connections of the subscriber. */
  connection(): number;
  /** That connection does not answer: another one is needed, unless it is another already. */
  renew(silent: number): void;
  readonly onTrouble: (error: unknown) => void;
}

/** Checks the connection and each feed's position again and again, until it is stopped. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  #unreadyMs = 0;
  #stopped = false;
  #timer: NodeJS.Timeout;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#timer = this.#next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  // Chained, not an interval: a slow check is never overtaken by the next one.
  #next(): NodeJS.Timeout {
    return setTimeout(() => void this.#beat(), this.#parts.heartbeatMs);
  }

  async #beat(): Promise<void> {
    const { subscriber, heartbeatMs, timeoutMs, onTrouble } = this.#parts;
    // Connected and not ready: the server took the connection and says nothing. ioredis would wait for ever for its
    // first answer. Closed for as long: it does not try again by itself.
    this.#unreadyMs = STUCK.includes(subscriber.status) ? this.#unreadyMs + heartbeatMs : 0;
    if (this.#unreadyMs > timeoutMs) {
      this.#unreadyMs = 0;
      subscriber.reconnect();
    }
    await this.#check().catch(onTrouble);
    if (!this.#stopped) this.#timer = this.#next();
  }

  async #check(): Promise<void> {
    const { subscriber, reader, timeoutMs, followed, channelOf, subscribeMissing, connection, renew } = this.#parts;
    if (subscriber.status !== 'ready') return;
    const feeds = followed();
    const subscribed = feeds.filter(feed => feed.subscribed);
    subscribeMissing(feeds.filter(feed => !feed.subscribed));
    if (subscribed.length === 0) return;
    const present = connection();
    const positions = subscribed.map(feed => feed.position);
    const fillState = readFillState(reader);
    const heads = await this.#headsOf(subscribed);
    try {
      // The answer comes on the connection of the pushes, after every push that preceded the heads read above.
      await within(timeoutMs, 'A heartbeat of the feed', subscriber.answer(subscribed.map(channelOf)));
    } catch (error) {
      renew(present);
      throw error;
    }
    const state = await fillState;
    subscribed.forEach((feed, i) => {
      if (heads.has(feed)) feed.check(heads.get(feed), positions[i], state);
    });
  }

  async #headsOf(feeds: readonly TenantFeed[]): Promise<Map<TenantFeed, FeedHead | undefined>> {
    const { reader, timeoutMs, onTrouble } = this.#parts;
    try {
      const tenants = feeds.map(feed => feed.tenant);
      const heads = await within(timeoutMs, 'Reading the heads of the feeds', reader.heads(tenants));
      return new Map(feeds.map((feed, i) => [feed, heads[i]]));
    } catch (error) {
      if (isRefusal(error) && feeds.length > 1) {
        const each = await Promise.all(feeds.map(feed => this.#headsOf([feed]).catch(onTrouble)));
        return new Map(each.flatMap(head => [...(head ?? [])]));
      }
      for (const feed of feeds) feed.unanswered();
      throw error;
    }
  }
}

/** The fill state of Redis; of a Cluster the node that has it may be away alone. */
export function readFillState(reader: ReplicaReader): Promise<string | undefined> {
  return reader.fillState().catch(() => undefined);
}
