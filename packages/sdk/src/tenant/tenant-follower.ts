import { type Tenant, TenantryError } from '@tenantry/protocol';
import type { FeedMessage } from '@tenantry/protocol/wire';
import {
  type FeedFollower,
  type FeedHead,
  type FeedPosition,
  type SavedFeedMark,
  type TenantFeed,
  within,
} from '@tenantry/redis';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { TenantReads } from '../reads/tenant-reads.ts';
import { WatchedReads } from '../reads/watched-reads.ts';
import { compareParts } from '../repair/compare-memory.ts';
import { resyncMemory } from '../repair/resync-memory.ts';
import type { TenantShelf } from '../snapshot/tenant-shelf.ts';
import { type ChangeTap, ChangeTaps } from '../views/change-taps.ts';
import { aThirdOf, type FollowerParts } from './follower-parts.ts';
import { takeMessage } from './take-message.ts';

/**
 * Keeps the memory of one tenant up to date with its feed, as long as there are readers: from the first read or watch to a while without.
 * Memory outlives the feed, until the tenant is let go. It is stale then, and is compared with Redis before it is called fresh again.
 */
export class TenantFollower implements FeedFollower {
  readonly memory: TenantMemory;
  /** What a snapshot file or `bootstrap` has of the tenant. */
  readonly shelf: TenantShelf | undefined;
  readonly reads: TenantReads;
  /** Made for the first watcher, and for the first tap. */
  #watchedReads: WatchedReads | undefined;
  #taps: ChangeTaps | undefined;
  readonly #parts: FollowerParts<TenantFollower>;
  #feed: TenantFeed | undefined;
  #opening: Promise<void> | undefined;
  #wasLive = false;
  #why = '';
  #closed = false;
  #readAt = 0;
  /** The tick of the last read that was counted, and for how many counts there was no other. */
  #countedAt = 0;
  #quiet = 0;

  constructor(memory: TenantMemory, parts: FollowerParts<TenantFollower>, shelf?: TenantShelf) {
    this.memory = memory;
    this.shelf = shelf;
    memory.shelf = shelf;
    this.#parts = parts;
    this.reads = new TenantReads(memory, this, parts);
  }

  get tenant(): Tenant {
    return this.memory.tenant;
  }

  get isOpen(): boolean {
    return this.#feed !== undefined;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Why the feed that should be live is not; undefined while it is, or is only being opened, or need not be. */
  get lost(): string | undefined {
    return this.#feed && !this.memory.live && !this.#opening ? this.#why : undefined;
  }

  /** The feed was live and broke off. It will go on where it was, so memory has the best answer meanwhile. */
  get isInterrupted(): boolean {
    return this.#feed !== undefined && !this.memory.live && this.#wasLive;
  }

  /**
   * A caller waits or watches, the feed is being opened, an answer is on its way (its callers may have given up), or the source is to be
   * spared: the tenant is not let go.
   */
  get isInUse(): boolean {
    const { pinned, replies } = this.memory;
    const isRead = pinned > 0 || replies.isOpen || this.#opening !== undefined;
    return isRead || this.#taps?.areOpen === true || this.reads.schedule?.isSparing === true;
  }

  opened(): Promise<void> | undefined {
    if (this.#closed) throw new TenantryError('CLOSED', 'The client is closed: nothing can be read any more.');
    if (!this.#feed) this.#follow();
    return this.memory.live ? undefined : this.#opening;
  }

  get position(): FeedPosition | undefined {
    return this.#feed?.position;
  }

  /** Where the feed is, for another process to go on from. */
  get mark(): SavedFeedMark | undefined {
    return this.#feed?.saved;
  }

  async caughtUp(head: FeedHead | undefined, before: FeedPosition | undefined): Promise<boolean> {
    const caughtUp = this.#feed?.caughtUp(head, before) ?? false;
    if (typeof caughtUp === 'boolean') return caughtUp;
    return within(aThirdOf(this.#parts), 'Catching up with the feed', caughtUp).catch(() => false);
  }

  isFollowing(head: FeedHead | undefined): boolean {
    return this.position?.epoch === (head?.epoch ?? '');
  }

  /** The watcher has looked at the slot: it is read where it is not fresh, and from here on memory hears every change. */
  watched(slot: Slot): void {
    if (this.#closed) return;
    if (!this.#feed) this.#follow();
    this.#watchedReads ??= new WatchedReads(this.memory, this.reads, this.#parts.now);
    this.#watchedReads.refresh([slot]);
  }

  unwatch(slot: Slot, listener: () => void): void {
    this.memory.unwatch(slot, listener);
    if (!this.memory.watched.has(slot)) this.#watchedReads?.forget(slot);
    this.#releaseSoon();
  }

  /** Follows the feed until `end`, whether or not somebody watches a slot. */
  tap(tap: ChangeTap): { end(): void } {
    this.#taps ??= new ChangeTaps();
    this.#taps.add(tap);
    if (!this.#closed && !this.#feed) this.#follow();
    const end = () => {
      this.#taps?.delete(tap);
      this.#releaseSoon();
    };
    return { end };
  }

  /** Not at once: `switchMap` leaves one and takes the next. */
  #releaseSoon(): void {
    queueMicrotask(() => {
      if (this.#isQuiet) this.release();
    });
  }

  /** A caller reads. */
  touch(): void {
    this.#readAt = this.#parts.ticks.now;
  }

  /** The tick at which a caller last read. Of reads that only left the flag, it is that of the next look. */
  get readAt(): number {
    if (this.memory.touched) {
      this.memory.touched = false;
      this.touch();
    }
    return this.#readAt;
  }

  /** Called once a tick: for how many ticks in a row no caller has read or watched. */
  countQuiet(): number {
    this.#quiet = this.#isQuiet ? this.#quiet + 1 : 0;
    this.#countedAt = this.readAt;
    return this.#quiet;
  }

  get #isQuiet(): boolean {
    return this.memory.watched.size === 0 && this.#taps?.areOpen !== true && this.readAt === this.#countedAt;
  }

  /** Redis has told its time, or tells another one than before: what waits for a moment looks again. */
  timeMoved(): void {
    this.memory.notify([...this.memory.watched.slots()].filter(({ expiresAt }) => expiresAt !== 0));
    if (this.reads.schedule) this.#watchedReads?.renew();
  }

  /** Ends the following; memory stays. */
  release(): void {
    const feed = this.#feed;
    if (!feed) return;
    this.#feed = undefined;
    this.#opening = undefined;
    this.#watchedReads?.stop();
    this.#setLive(false, 'nobody watches');
    this.memory.endContinuity();
    this.#parts.feeds.leave(feed);
    this.#parts.onFeedState(this);
  }

  /** Ends the following and forgets what memory has. The follower is not used again. */
  letGo(): void {
    this.release();
    for (const slot of [...this.memory.slots.values()]) this.memory.forget(slot);
  }

  close(): void {
    this.#closed = true;
    this.release();
  }

  /** Compares the next part of memory with Redis. */
  sweepNext(): Promise<void> {
    return this.#parts.sweep.sweepNext(this.memory, compareParts(this.#parts, this, true));
  }

  onMessage(message: FeedMessage): void {
    const touched = takeMessage(this.memory, message, this.#parts);
    this.memory.notify(touched);
    // A value that was too large to push is read.
    this.#watchedReads?.refresh(touched);
    this.#taps?.heard(message);
  }

  async resync(complete: boolean, continuous: boolean): Promise<void> {
    if (!continuous) {
      this.memory.endContinuity();
      this.#taps?.missed();
    }
    await resyncMemory(this.memory, compareParts(this.#parts, this, complete));
  }

  onLive(live: boolean, why: string): void {
    this.#setLive(live, why);
    this.#parts.refused(this.tenant, 'feed', this.#feed && this.#parts.feeds.refusalOf(this.#feed));
    if (live) {
      this.#wasLive = true;
      this.reads.redisIsBack();
      this.#watchedReads?.refresh(this.memory.watched.slots());
      this.#taps?.live();
    } else if (this.reads.schedule) this.#watchedReads?.renew();
    this.#parts.onFeedState(this);
  }

  onTrouble(error: unknown): void {
    this.#parts.report(error);
  }

  #follow(): void {
    this.#wasLive = false;
    this.#why = 'the feed is being opened';
    const heard = this.shelf?.hearing(this, () => this.position) ?? this;
    const { feed, ready } = this.#parts.feeds.follow(this.tenant, heard, this.shelf?.mark);
    this.#feed = feed;
    const opening = within(aThirdOf(this.#parts), 'Opening the feed', ready)
      .catch(() => undefined)
      .finally(() => {
        if (this.#opening !== opening) return;
        this.#opening = undefined;
        this.#parts.onFeedState(this);
      });
    this.#opening = opening;
  }

  #setLive(live: boolean, why: string): void {
    this.memory.continuity.setLive(live, this.#parts.options.clock);
    this.#why = why;
    this.memory.notify(this.memory.watched.slots());
  }
}
