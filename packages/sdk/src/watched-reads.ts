import type { TenantryError } from '@tenantry/protocol';
import type { Slot } from './slot.ts';
import type { TenantMemory } from './tenant-memory.ts';
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

  /** Fetches those that are watched and not vouched for. */
  refresh(slots: Iterable<Slot>): void {
    for (const slot of slots) {
      if (!this.#memory.watched.has(slot) || slot.isVouchedFor(this.#clock)) continue;
      this.#reads
        .request(slot)
        .then(
          wasHeard => wasHeard || this.#refreshLater(),
          (error: TenantryError) => error.retryable && this.#refreshLater(),
        )
        .then(() => this.#giveUp(slot));
    }
  }

  /** Whoever waits for the first value gets the default, where there is one. */
  #giveUp(slot: Slot): void {
    slot.gaveUp = !slot.isKnown;
    if (slot.gaveUp) this.#memory.notify([slot]);
  }

  stop(): void {
    clearTimeout(this.#retry);
  }

  #refreshLater(): void {
    // Without a live feed there is no need: everything watched is looked at when it is live again.
    if (!this.#memory.live) return;
    clearTimeout(this.#retry);
    const delay = Math.max(SHORTEST_PAUSE_MS, this.#reads.backoff.remainingMs + 1);
    this.#retry = setTimeout(() => this.refresh(this.#memory.watched), delay);
  }
}
