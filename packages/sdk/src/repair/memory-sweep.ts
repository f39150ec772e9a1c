import { signals } from '@tenantry/redis';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { type CompareParts, compareMemory } from './compare-memory.ts';

const CHUNK = 500;

/**
 * Compares the memories of one client with Redis, some slots at a time, although the feeds should have told of every change: the sweep
 * counts the mistakes of the feeds.
 */
export class MemorySweep {
  /** Where it goes on in the memories that are larger than one step. */
  readonly #rests = new WeakMap<TenantMemory, Iterator<Slot>>();

  /** Compares the next slots of a memory, from the end of its last sweep on. */
  async sweepNext(memory: TenantMemory, parts: CompareParts): Promise<void> {
    if (!memory.live) return;
    const found = await compareMemory(memory, this.#next(memory, parts.now), parts);
    parts.counters.repairedBySweep += found.unnoticed;
    if (found.unnoticed > 0 && signals.repair.hasSubscribers)
      signals.repair.publish({ tenant: memory.tenant, by: 'sweep', found: found.unnoticed });
  }

  #next(memory: TenantMemory, now: () => number): Slot[] {
    const slots: Slot[] = [];
    const rest = this.#rests.get(memory) ?? memory.slots.values();
    this.#rests.set(memory, rest);
    while (slots.length < CHUNK) {
      const { value: slot, done } = rest.next();
      if (done) {
        this.#rests.delete(memory);
        break;
      }
      // A slot that is not confirmed is stale and says so: that is no mistake of the feed. But where a slot is known to be gone and Redis
      // has an older state of it, no message tells when that state expires.
      const isConfirmed = slot.isConfirmed(now);
      if (isConfirmed || (slot.knowledge.aheadOfRedis !== '' && slot.state === 'absent')) slots.push(slot);
    }
    return slots;
  }
}
