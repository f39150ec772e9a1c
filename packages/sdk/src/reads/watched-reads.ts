import type { TenantryError } from '@tenantry/protocol';
import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { TenantReads } from './tenant-reads.ts';

// Redis answered, and the feed has not come that far: it is on its way, or the heartbeat will find out.
const SHORTEST_PAUSE_MS = 20;

/** Reads on behalf of watchers, who have nobody to try again for them. */
export class WatchedReads {
  readonly #memory: TenantMemory;
  readonly #reads: TenantReads;
  readonly #clock: () => number;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(memory: TenantMemory, reads: TenantReads, clock: () => number) {
    this.#memory = memory;
    this.#reads = reads;
    this.#clock = clock;
  }

  /** Fetches those that are watched and not vouched for, or no longer fresh. */
  refresh(slots: Iterable<Slot>): void {
    for (const slot of slots) {
      if (!this.#memory.watched.has(slot)) continue;
      const { loads } = this.#reads;
      const isOverdue = loads?.isOverdue(slot);
      // What is beyond Redis will be, until a message says otherwise, or the source.
      const isLoaded = slot.loadedAt !== 0;
      const isBeyond = slot.beyond !== '' && (isLoaded || !this.#memory.hasSourceOf(slot));
      const isBest = slot.isVouchedFor(this.#clock) || (this.#memory.live ? isBeyond : isLoaded);
      if (isBest && !isOverdue) {
        this.#renewLater(slot);
        continue;
      }
      this.#reads
        .request(slot)
        .then(
          wasHeard => wasHeard || this.#refreshLater(slot),
          (error: TenantryError) => error.retryable && this.#refreshLater(slot),
        )
        .then(() => {
          this.#giveUp(slot);
          this.#renewLater(slot);
        });
    }
  }

  /** The feed is lost: from now on they are loaded again now and then. */
  renew(): void {
    for (const slot of this.#memory.watched) this.#renewLater(slot);
  }

  stop(): void {
    clearTimeout(this.#retry);
    for (const slot of this.#memory.watched) clearTimeout(slot.renewal);
  }

  #renewLater(slot: Slot): void {
    clearTimeout(slot.renewal);
    const delay = this.#reads.loads?.renewalIn(slot);
    if (delay === undefined || !this.#memory.watched.has(slot)) return;
    slot.renewal = setTimeout(() => this.refresh([slot]), Math.min(delay, LONGEST_TIMER_MS)).unref();
  }

  /** Whoever waits for the first value gets the default, where there is one. */
  #giveUp(slot: Slot): void {
    slot.gaveUp = !slot.isKnown;
    if (slot.gaveUp) this.#memory.notify([slot]);
  }

  #refreshLater(slot: Slot): void {
    // Without a live feed there is no need: everything watched is looked at when it is live again.
    if (!this.#memory.live && !this.#memory.hasSourceOf(slot)) return;
    clearTimeout(this.#retry);
    const throttledMs = this.#reads.loads?.throttledMs(slot) ?? 0;
    const delay = Math.max(SHORTEST_PAUSE_MS, throttledMs + 1, this.#reads.backoff.remainingMs + 1);
    this.#retry = setTimeout(() => this.refresh(this.#memory.watched), delay).unref();
  }
}
