import { TenantryError } from '@tenantry/protocol';
import { isForbidden, isRefusal } from '../connection/redis-errors.ts';
import { within } from '../connection/within.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import type { FeedHead } from '../replica/feed-head.ts';
import { ConnectionDoubts, type FillStateReply } from './connection-doubts.ts';
import type { FeedRefusals } from './feed-refusals.ts';
import { HeadTurns } from './head-turns.ts';
import type { FeedSubscriber } from './pushes/feed-subscriber.ts';
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
  /** The feeds that the user may not follow. */
  readonly refusals: FeedRefusals;
  /** Subscribes those of these feeds that are not being subscribed already. */
  subscribeMissing(feeds: readonly TenantFeed[]): void;
  /** Subscribes these feeds once more, and asks for the head of each. */
  subscribeAgain(feeds: readonly TenantFeed[]): void;
  /** Counts the connections of the subscriber. */
  connection(): number;
  /** That connection does not answer: another one is needed, unless it is another already. */
  renew(silent: number): void;
  /** Resolves when every push that the connection has brought so far was handed on. */
  handedOn(): Promise<void>;
  /** The connection has answered. */
  onAnswer(): void;
  /** Redis has answered whether it was filled. */
  onFillState(state: string | undefined): void;
  readonly onTrouble: (error: unknown) => void;
}

/** One heartbeat: the feeds that are subscribed, and what Redis says of itself meanwhile. */
interface Beat {
  readonly subscribed: readonly TenantFeed[];
  readonly fillState: Promise<FillStateReply>;
}

/**
 * Checks the connection again and again, until it is stopped. Its answer comes after the pushes and counts the subscriptions, so it speaks for every
 * feed at once. A push that was lost all the same shows in the head of its feed: heads are asked for in turn, and all of them where there is doubt. ADR 21.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #turns: HeadTurns<TenantFeed>;
  readonly #doubts: ConnectionDoubts;
  /** The connection on which everything was subscribed once more, because the server counted fewer. */
  #subscribedAgain: number | undefined;
  #unreadyMs = 0;
  #stopped = false;
  #timer: NodeJS.Timeout;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    const { subscriber, heartbeatMs } = parts;
    const nodes = { count: () => subscriber.nodeCount, of: ({ channel }: TenantFeed) => subscriber.nodeOf(channel) };
    this.#turns = new HeadTurns(heartbeatMs, nodes);
    this.#doubts = new ConnectionDoubts(parts.heartbeatMs, parts.timeoutMs);
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
    const { subscriber, reader, followed, refusals, subscribeMissing, onFillState } = this.#parts;
    const isHeldUp = this.#doubts.begin();
    if (subscriber.status !== 'ready') return;
    const feeds = followed();
    const subscribed = feeds.filter(feed => feed.subscribed);
    subscribeMissing(feeds.filter(feed => !feed.subscribed && refusals.isDue(feed)));
    const isElsewhere = subscriber.isElsewhere();
    const isInDoubt = this.#takeLostPushes(subscribed) || isHeldUp || isElsewhere;
    if (subscribed.length === 0) return this.#turns.forgetAll();
    const fillState = reader.fillState().then<FillStateReply, undefined>(
      state => ({ state }),
      () => undefined,
    );
    const beat = { subscribed, fillState };
    const asked = new Set(isInDoubt ? subscribed : this.#turns.next(subscribed));
    const isComplete = await this.#compare([...asked], beat);
    if (this.#subscribesAgain(isComplete, subscribed)) return;
    const reply = await fillState;
    if (reply) onFillState(reply.state);
    const isFilledOtherwise = this.#doubts.isFilledOtherwise(reply);
    const isDoubtful = this.#takeLostPushes(subscribed) || isFilledOtherwise || !isComplete;
    if (isDoubtful && !isInDoubt)
      await this.#compare(
        subscribed.filter(feed => !asked.has(feed)),
        beat,
      );
  }

  /** Whether a push of one of these feeds was lost. The connection is not believed for a while then. */
  #takeLostPushes(feeds: readonly TenantFeed[]): boolean {
    const losing = feeds.filter(feed => feed.takeLostPush());
    if (losing.length > 0) this.#doubts.lostPush();
    return losing.length > 0;
  }

  /** Once, where the server has fewer subscriptions than were made. A server that counts in another way is never complete. */
  #subscribesAgain(isComplete: boolean, subscribed: readonly TenantFeed[]): boolean {
    const { connection, subscribeAgain } = this.#parts;
    if (isComplete) this.#subscribedAgain = undefined;
    if (isComplete || this.#subscribedAgain === connection()) return false;
    this.#subscribedAgain = connection();
    subscribeAgain(subscribed);
    return true;
  }

  /** Compares these feeds with their heads. Answers whether the server has all the subscriptions that were made. */
  async #compare(feeds: readonly TenantFeed[], { subscribed, fillState }: Beat): Promise<boolean> {
    const { subscriber, timeoutMs, connection, renew, handedOn, onAnswer } = this.#parts;
    const present = connection();
    const positions = feeds.map(feed => feed.beginCheck());
    const heads = await this.#headsOf(feeds, subscribed);
    let isComplete: boolean;
    try {
      // The answer comes on the connection of the pushes, after every push that preceded the heads read above.
      const channels = subscribed.map(({ channel }) => channel);
      isComplete = await within(timeoutMs, 'A heartbeat of the feed', subscriber.answer(channels));
    } catch (error) {
      renew(present);
      throw error;
    }
    onAnswer();
    await handedOn();
    const reply = await fillState;
    feeds.forEach((feed, i) => {
      if (heads.has(feed)) feed.check(heads.get(feed), positions[i], reply?.state);
    });
    return isComplete;
  }

  async #headsOf(
    feeds: readonly TenantFeed[],
    subscribed: readonly TenantFeed[],
  ): Promise<Map<TenantFeed, FeedHead | undefined>> {
    const { reader, timeoutMs, onTrouble } = this.#parts;
    try {
      const tenants = feeds.map(feed => feed.tenant);
      const heads = await within(timeoutMs, 'Reading the heads of the feeds', reader.heads(tenants));
      return new Map(feeds.map((feed, i) => [feed, heads[i]]));
    } catch (error) {
      if (isRefusal(error) && feeds.length > 1) {
        const each = await Promise.all(feeds.map(feed => this.#headsOf([feed], subscribed).catch(onTrouble)));
        return new Map(each.flatMap(head => [...(head ?? [])]));
      }
      const [feed] = feeds;
      if (feed && isForbidden(error)) {
        this.#parts.refusals.refused(feed, error);
        return new Map();
      }
      // Refused, it is about this feed alone. Not answered, it is about all of them.
      for (const feed of isRefusal(error) ? feeds : subscribed) feed.unanswered();
      throw error;
    }
  }
}
