import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { type CompareParts, compareMemory } from './compare-memory.ts';

const CHUNK = 500;

/**
 * Compares memory with Redis, some of it at a time, although the feed should have said it all: what it counts is what
 * the feed got wrong.
 */
export class MemorySweep {
  readonly #memory: TenantMemory;
  readonly #parts: CompareParts;
  #rest: Iterator<Slot> | undefined;

  constructor(memory: TenantMemory, parts: CompareParts) {
    this.#memory = memory;
    this.#parts = parts;
  }

  /** The next part, from where the last one ended. */
  async goOn(): Promise<void> {
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
      // What is not vouched for is stale, and says so: not the feed's fault. But no message tells that the older state expired which
      // Redis has of something that is known to be gone.
      const isVouchedFor = slot.isVouchedFor(this.#parts.options.clock);
      if (isVouchedFor || (slot.beyond && slot.state === 'absent')) slots.push(slot);
    }
    return slots;
  }
}
