import { type AnyConfig, type Tenant, TenantryError } from '@tenantry/protocol';
import type { FeedMessage } from '@tenantry/protocol/wire';
import { type FeedFollower, type FeedHead, type FeedPosition, type FollowedFeed, within } from '@tenantry/redis';
import { applyMessage } from '../admission/apply-message.ts';
import { QuietCount } from '../memory/quiet-count.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { TenantReads } from '../reads/tenant-reads.ts';
import { WatchedReads } from '../reads/watched-reads.ts';
import { MemorySweep } from '../repair/memory-sweep.ts';
import { resyncMemory } from '../repair/resync-memory.ts';
import type { TenantShelf } from '../snapshot/tenant-shelf.ts';
import { type ChangeTap, ChangeTaps } from '../views/change-taps.ts';
import { comparing, type FollowerParts } from './follower-parts.ts';

/**
 * Keeps the memory of one tenant up to date with its feed, as long as there are readers: from the first read or watch to the last
 * unsubscribe, or to a while without reads. Memory outlives the feed, until the tenant is let go. It is stale then, and is compared with
 * Redis before it is called fresh again.
 */
export class TenantFollower {
  readonly memory: TenantMemory;
  /** What a snapshot file or `bootstrap` has of the tenant. */
  readonly shelf: TenantShelf | undefined;
  readonly reads: TenantReads;
  readonly sweep: MemorySweep;
  readonly #taps = new ChangeTaps();
  readonly #watchedReads: WatchedReads;
  readonly #parts: FollowerParts<TenantFollower>;
  #followed: FollowedFeed | undefined;
  #follower: FeedFollower | undefined;
  #opening: Promise<void> | undefined;
  #wasLive = false;
  #why = '';
  #closed = false;
  readonly #quiet: QuietCount;

  constructor(memory: TenantMemory, parts: FollowerParts<TenantFollower>, shelf?: TenantShelf) {
    this.memory = memory;
    this.shelf = shelf;
    memory.shelf = shelf;
    this.#parts = parts;
    this.reads = new TenantReads(memory, this, parts);
    this.sweep = new MemorySweep(memory, comparing(this, parts, true));
    this.#watchedReads = new WatchedReads(memory, this.reads, parts.now);
    this.#quiet = new QuietCount(memory, parts.ticks, () => this.#taps.areOpen);
  }

  get tenant(): Tenant {
    return this.memory.tenant;
  }

  get isOpen(): boolean {
    return this.#followed !== undefined;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Why the feed that should be live is not; undefined while it is, or is only being opened, or need not be. */
  get lost(): string | undefined {
    return this.#followed && !this.memory.live && !this.#opening ? this.#why : undefined;
  }

  /** The feed was live and broke off. It will go on where it was, so memory has the best answer meanwhile. */
  get isInterrupted(): boolean {
    return this.#followed !== undefined && !this.memory.live && this.#wasLive;
  }

  /**
   * A caller waits or watches, the feed is being opened, an answer is on its way (its callers may have given up), or the source is to be
   * spared: the tenant is not let go.
   */
  get isInUse(): boolean {
    const { pinned, replies } = this.memory;
    return (
      this.#taps.areOpen ||
      pinned > 0 ||
      replies.isOpen ||
      this.#opening !== undefined ||
      this.reads.schedule?.isSparing === true
    );
  }

  opened(): Promise<void> | undefined {
    if (this.#closed) throw new TenantryError('CLOSED', 'The client is closed: nothing can be read any more.');
    if (!this.#followed) this.#follow();
    return this.memory.live ? undefined : this.#opening;
  }

  get position(): FeedPosition | undefined {
    return this.#followed?.feed.position;
  }

  /** Where the feed is, for another process to go on from. */
  get mark(): FollowedFeed['feed']['saved'] {
    return this.#followed?.feed.saved;
  }

  async caughtUp(head: FeedHead | undefined, before: FeedPosition | undefined): Promise<boolean> {
    const caughtUp = this.#followed?.feed.caughtUp(head, before) ?? false;
    if (typeof caughtUp === 'boolean') return caughtUp;
    return within(this.#aThird, 'Catching up with the feed', caughtUp).catch(() => false);
  }

  isFollowing(head: FeedHead | undefined): boolean {
    return this.position?.epoch === (head?.epoch ?? '');
  }

  watch(address: string, config: AnyConfig | undefined, listener: () => void): Slot {
    return this.memory.watch(address, config, listener);
  }

  /** The watcher has looked at the slot: it is read where it is not fresh, and from here on memory hears every change. */
  watched(slot: Slot): void {
    if (this.#closed) return;
    if (!this.#followed) this.#follow();
    this.#watchedReads.refresh([slot]);
  }

  unwatch(slot: Slot, listener: () => void): void {
    this.memory.unwatch(slot, listener);
    if (!this.memory.watched.has(slot)) this.#watchedReads.forget(slot);
    this.#releaseSoon();
  }

  /** Follows the feed until `end`, whether or not somebody watches a slot. */
  tap(tap: ChangeTap): { end(): void } {
    this.#taps.add(tap);
    if (!this.#closed && !this.#followed) this.#follow();
    return {
      end: () => {
        this.#taps.delete(tap);
        this.#releaseSoon();
      },
    };
  }

  /** Not at once: `switchMap` leaves one and takes the next. */
  #releaseSoon(): void {
    queueMicrotask(() => {
      if (this.#quiet.isQuiet) this.release();
    });
  }

  /** A caller reads. */
  touch(): void {
    this.#quiet.touch();
  }

  /** The tick at which a caller last read. */
  get readAt(): number {
    return this.#quiet.readAt;
  }

  /** Called once a tick: for how many ticks in a row no caller has read or watched. */
  countQuiet(): number {
    return this.#quiet.count();
  }

  /** Redis has told its time, or tells another one than before: what waits for a moment looks again. */
  timeMoved(): void {
    this.memory.notify([...this.memory.watched.keys()].filter(({ expiresAt }) => expiresAt !== 0));
    if (this.reads.schedule) this.#watchedReads.renew();
  }

  /** Ends the following; memory stays. */
  release(): void {
    const followed = this.#followed;
    if (!followed) return;
    this.#followed = undefined;
    this.#follower = undefined;
    this.#opening = undefined;
    this.#watchedReads.stop();
    this.#setLive(false, 'nobody watches');
    this.memory.endContinuity();
    followed.close();
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

  #follow(): void {
    const isCurrent = () => this.#follower === follower;
    // A feed that this follower has left may still be in the middle of a repair.
    const follower: FeedFollower = {
      onMessage: message => isCurrent() && this.#onMessage(message),
      resync: async (complete, continuous) => {
        if (!isCurrent()) return;
        if (!continuous) this.memory.endContinuity();
        if (!continuous) this.#taps.missed();
        await resyncMemory(this.memory, comparing(this, this.#parts, complete));
      },
      onLive: (live, why) => isCurrent() && this.#onLive(live, why),
      onTrouble: error => isCurrent() && this.#parts.report(error),
    };
    this.#follower = follower;
    this.#wasLive = false;
    this.#why = 'the feed is being opened';
    const heard = this.shelf?.hearing(follower, () => this.position) ?? follower;
    this.#followed = this.#parts.feeds.follow(this.tenant, heard, this.shelf?.mark);
    const opening = within(this.#aThird, 'Opening the feed', this.#followed.ready)
      .catch(() => undefined)
      .finally(() => {
        if (this.#opening !== opening) return;
        this.#opening = undefined;
        this.#parts.onFeedState(this);
      });
    this.#opening = opening;
  }

  #onMessage(message: FeedMessage): void {
    const { open, counters, lag, report, now } = this.#parts;
    const { touched, taken, troubles } = applyMessage(this.memory, message, open, now);
    counters.undecodable += troubles.length;
    for (const trouble of troubles) report(trouble);
    for (const { shown } of taken) lag.count(now() - shown.updatedAt);
    this.memory.notify(touched);
    // A value that was too large to push is read.
    this.#watchedReads.refresh(touched);
    this.#taps.heard(message);
  }

  #onLive(live: boolean, why: string): void {
    this.#setLive(live, why);
    if (live) {
      this.#wasLive = true;
      this.reads.backoff.succeeded();
      this.#watchedReads.refresh(this.memory.watched.keys());
      this.#taps.live();
    } else if (this.reads.schedule) this.#watchedReads.renew();
    this.#parts.onFeedState(this);
  }

  #setLive(live: boolean, why: string): void {
    const { memory } = this;
    memory.continuity.setLive(live, this.#parts.options.clock);
    this.#why = why;
    memory.notify(memory.watched.keys());
  }

  get #aThird(): number {
    return Math.ceil(this.#parts.options.readTimeoutMs / 3);
  }
}
