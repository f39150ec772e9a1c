import type { TenantryError } from '@tenantry/protocol';
import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { hottestFirst } from '../warmth/heat.ts';
import type { TenantReads } from './tenant-reads.ts';

// Redis answered and the feed has not come that far: the message is on its way, or the heartbeat will find the gap.
const SHORTEST_PAUSE_MS = 20;

/** Reads on behalf of watchers, and tries again for them: a watcher never errors. */
export class WatchedReads {
  readonly #memory: TenantMemory;
  readonly #reads: TenantReads;
  readonly #now: () => number;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** The timers that load a config again when it is no longer fresh. */
  #renewals: Map<Slot, ReturnType<typeof setTimeout>> | undefined;

  constructor(memory: TenantMemory, reads: TenantReads, now: () => number) {
    this.#memory = memory;
    this.#reads = reads;
    this.#now = now;
  }

  /** Reads those slots that are watched and not confirmed, or no longer fresh, the hottest first. */
  refresh(slots: Iterable<Slot>): void {
    for (const slot of hottestFirst(slots, this.#memory)) {
      if (!this.#memory.watched.has(slot)) continue;
      if (this.#isBest(slot)) {
        this.#renewLater(slot);
        continue;
      }
      this.#reads
        .bringUpToDate(slot, 'background')
        .then(
          wasHeard => wasHeard || this.#refreshLater(slot),
          (error: TenantryError) => (error.retryable || error.code === 'FORBIDDEN') && this.#refreshLater(slot),
        )
        .then(() => {
          this.#giveUp(slot);
          this.#renewLater(slot);
        });
    }
  }

  /** The feed is lost, or the time has moved: the watched configs are loaded again when it is time, by what is known now. */
  renew(): void {
    for (const slot of this.#memory.watched.slots()) this.#renewLater(slot);
  }

  /** Nobody watches it any more. */
  forget(slot: Slot): void {
    clearTimeout(this.#renewals?.get(slot));
    this.#renewals?.delete(slot);
  }

  stop(): void {
    clearTimeout(this.#retry);
    for (const slot of [...(this.#renewals?.keys() ?? [])]) this.forget(slot);
  }

  /** No read would bring a better state. */
  #isBest(slot: Slot): boolean {
    if (this.#reads.schedule?.isOverdue(slot)) return false;
    if (slot.isConfirmed(this.#now)) return true;
    const isLoaded = slot.shown.times.loadedAt !== 0;
    if (!this.#memory.live) return isLoaded;
    // A slot stays ahead of Redis until a message tells otherwise, or the source does.
    return slot.knowledge.aheadOfRedis !== '' && (isLoaded || !this.#memory.hasSourceOf(slot));
  }

  #renewLater(slot: Slot): void {
    this.forget(slot);
    const delay = this.#reads.schedule?.renewalIn(slot);
    if (delay === undefined || !this.#memory.watched.has(slot)) return;
    const renewal = setTimeout(() => this.refresh([slot]), Math.min(delay, LONGEST_TIMER_MS)).unref();
    this.#renewals ??= new Map();
    this.#renewals.set(slot, renewal);
  }

  /** A watcher that waits for its first value gets the default, where there is one. */
  #giveUp(slot: Slot): void {
    this.#memory.endRead(slot);
    if (slot.news.gaveUp) this.#memory.notify([slot]);
  }

  #refreshLater(slot: Slot): void {
    // Without a live feed there is no need: every watched slot is looked at when the feed is live again.
    if (!this.#memory.live && !this.#memory.hasSourceOf(slot)) return;
    clearTimeout(this.#retry);
    const throttledMs = this.#reads.schedule?.throttledMs(slot) ?? 0;
    const delay = Math.max(SHORTEST_PAUSE_MS, throttledMs + 1, this.#reads.pausedMs + 1);
    this.#retry = setTimeout(() => this.refresh(this.#memory.watched.slots()), delay).unref();
  }
}
