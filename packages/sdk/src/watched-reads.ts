import type { TenantryError } from '@tenantry/protocol';
import type { Slot } from './slot.ts';
import type { TenantMemory } from './tenant-memory.ts';
import type { TenantReads } from './tenant-reads.ts';

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
      this.#reads.request(slot).then(
        wasHeard => wasHeard || this.#refreshLater(),
        (error: TenantryError) => error.retryable && this.#refreshLater(),
      );
    }
  }

  stop(): void {
    clearTimeout(this.#retry);
  }

  #refreshLater(): void {
    // Without a live feed there is no need: everything watched is looked at when it is live again.
    if (!this.#memory.live) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.refresh(this.#memory.watched), this.#reads.backoff.remainingMs + 1);
  }
}
