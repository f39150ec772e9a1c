import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { type CompareParts, compareMemory } from './compare-memory.ts';

const CHUNK = 500;

/**
 * Compares memory with Redis, some slots at a time, although the feed should have told of every change: the sweep counts the mistakes of
 * the feed.
 */
export class MemorySweep {
  readonly #memory: TenantMemory;
  readonly #parts: CompareParts;
  #rest: Iterator<Slot> | undefined;

  constructor(memory: TenantMemory, parts: CompareParts) {
    this.#memory = memory;
    this.#parts = parts;
  }

  /** Compares the next slots, from the end of the last sweep on. */
  async sweepNext(): Promise<void> {
    if (!this.#memory.live) return;
    const found = await compareMemory(this.#memory, this.#next(), this.#parts);
    this.#parts.counters.repairedBySweep += found.unnoticed;
  }

  #next(): Slot[] {
    const slots: Slot[] = [];
    this.#rest ??= this.#memory.slots.values();
    while (slots.length < CHUNK) {
      const { value: slot, done } = this.#rest.next();
      if (done) {
        this.#rest = undefined;
        break;
      }
      // A slot that is not confirmed is stale and says so: that is no mistake of the feed. But where a slot is known to be gone and Redis
      // has an older state of it, no message tells when that state expires.
      const isConfirmed = slot.isConfirmed(this.#parts.now);
      if (isConfirmed || (slot.knowledge.aheadOfRedis !== '' && slot.state === 'absent')) slots.push(slot);
    }
    return slots;
  }
}
