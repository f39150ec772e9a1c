import type { Tenant } from '@tenantry/protocol';
import type { FeedCodec, FeedMessage } from '@tenantry/protocol/wire';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import type { FeedHead, FeedPosition } from '../replica/feed-head.ts';
import { signals } from '../signals/signals.ts';
import type { FeedFollower } from './feed-follower.ts';
import type { FeedLosses } from './feed-losses.ts';
import { BEFORE_FIRST, hasLost, leadsTo } from './feed-position.ts';
import type { FeedRefusals } from './feed-refusals.ts';

/** So many messages that arrive during a repair wait for its end; past that, repairing again is cheaper. */
export const MAX_WAITING = 1024;

/** How often feeds had to be repaired. */
export interface FeedCounters {
  gaps: number;
  resyncs: number;
}

/** All feeds of one connection share these. */
export interface FeedParts {
  readonly reader: ReplicaReader;
  readonly counters: FeedCounters;
  readonly codec: FeedCodec;
  readonly refusals: FeedRefusals;
}

/** The feed, as its repair sees it. */
export interface RepairedFeed {
  readonly tenant: Tenant;
  readonly follower: FeedFollower;
  readonly losses: FeedLosses;
  readonly position: FeedPosition | undefined;
  /** What was shown of the feed before it is followed. */
  readonly leftAt: FeedPosition | undefined;
  /** The follower was not yet brought up to the position. */
  owesResync: boolean;
  moveTo(position: FeedPosition): void;
  /** Hands one message to the follower, if it is the next. */
  advance(message: FeedMessage): void;
  /** Not live, for this reason. */
  interrupt(why: string): void;
  /** Takes what was pushed during the repair, and goes on with pushes. */
  resume(): void;
}

/**
 * Finds out what a tenant's feed has missed, and brings its follower there: by the messages in between where Redis still
 * has the position, else by a resync. Made for one repair: a feed keeps none while it is well.
 */
export class FeedRepair {
  readonly #feed: RepairedFeed;
  readonly #parts: FeedParts;

  constructor(feed: RepairedFeed, parts: FeedParts) {
    this.#feed = feed;
    this.#parts = parts;
  }

  /** Reads the head and goes there. Fails as the reader and the follower do; it can be called again. */
  async run(): Promise<void> {
    const feed = this.#feed;
    const { tenant, losses } = feed;
    const { reader } = this.#parts;
    // A reply that comes while the head is read may be newer than that.
    const { leftAt } = feed;
    const [head] = await reader.heads([tenant]);
    const { position } = feed;
    if (!position) return this.#begin(head, leftAt);
    const sameEpoch = (head?.epoch ?? '') === position.epoch;
    const isAsItWas = sameEpoch && head?.seq === position.seq && head.tag === position.tag;
    const entries = sameEpoch && head && !isAsItWas ? await reader.messagesFrom(tenant, position.seq) : [];
    const messages = this.#decodeAll(entries);
    this.#noticeLosses(head, position, messages, entries.length === 0);
    const complete = await losses.isBroughtBack(head, () => reader.fillState());
    const isFilledAgain = complete && losses.why !== undefined;
    if (complete) losses.saw(head);
    const isContinuous = sameEpoch && (isAsItWas || (head !== undefined && leadsTo(head, position, messages)));
    if (isContinuous && (isFilledAgain || feed.owesResync)) {
      for (const message of messages) feed.advance(message);
      await this.#startOver(feed.position ?? position, complete, true);
    } else if (!sameEpoch || isFilledAgain || feed.owesResync) await this.#startOver(head ?? BEFORE_FIRST, complete);
    else if (head && !isAsItWas) await this.#readOn(position, head, messages, complete);
  }

  /** A fresh start: the follower has heard nothing yet, and reads after this. But Redis may have lost what was shown before. */
  async #begin(head: FeedHead | undefined, leftAt: FeedPosition | undefined): Promise<void> {
    const feed = this.#feed;
    const { tenant, losses } = feed;
    const { reader } = this.#parts;
    if (leftAt) {
      const hasMoved = head?.epoch === leftAt.epoch && head.seq > leftAt.seq;
      const first = hasMoved ? await reader.messagesFrom(tenant, leftAt.seq, 1) : [];
      this.#noticeLosses(head, leftAt, this.#decodeAll(first), first.length === 0);
    }
    if (losses.why !== undefined && (await losses.isBroughtBack(head, () => reader.fillState()))) losses.broughtBack();
    feed.moveTo(head ?? BEFORE_FIRST);
    if (losses.why === undefined) losses.saw(head);
  }

  /** Redis knows another epoch of this feed, or none. Did it lose its data, or was every absent record deleted? */
  #noticeLosses(
    head: FeedHead | undefined,
    position: FeedPosition,
    messages: readonly FeedMessage[],
    hasNoEntries: boolean,
  ): void {
    const { losses } = this.#feed;
    const sameEpoch = (head?.epoch ?? '') === position.epoch;
    // No trimming takes the last message.
    const isStreamGone = sameEpoch && head !== undefined && head.seq > position.seq && hasNoEntries;
    if (!sameEpoch && position.epoch !== '') losses.everything(position.epoch);
    else if (sameEpoch && head && (isStreamGone || hasLost(head, position, messages[0]) || losses.isOlder(head)))
      losses.lastMoments();
  }

  async #readOn(
    position: FeedPosition,
    head: FeedHead,
    messages: readonly FeedMessage[],
    complete: boolean,
  ): Promise<void> {
    if (!leadsTo(head, position, messages)) return this.#startOver(head, complete);
    this.#parts.counters.gaps++;
    if (signals.gap.hasSubscribers) signals.gap.publish({ tenant: this.#feed.tenant });
    for (const message of messages) this.#feed.advance(message);
  }

  /** Up to the first that cannot be read: it could not be read the next time either. */
  #decodeAll(entries: readonly Buffer[]): FeedMessage[] {
    const messages: FeedMessage[] = [];
    try {
      for (const bytes of entries) messages.push(this.#parts.codec.decode(bytes));
    } catch (error) {
      this.#feed.follower.onTrouble(error);
    }
    return messages;
  }

  async #startOver(position: FeedPosition, complete: boolean, continuous = false): Promise<void> {
    const feed = this.#feed;
    const { losses } = feed;
    this.#parts.counters.resyncs++;
    if (signals.resync.hasSubscribers) signals.resync.publish({ tenant: feed.tenant });
    feed.moveTo(position);
    if (complete) losses.broughtBack();
    feed.owesResync = true;
    feed.interrupt(losses.why ?? 'the feed began anew');
    // Pushes go to the follower while it reads, so that it can tell which of its reads they overtook.
    feed.resume();
    await feed.follower.resync(complete, continuous);
    feed.owesResync = false;
  }
}
