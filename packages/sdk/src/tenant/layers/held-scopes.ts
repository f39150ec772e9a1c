import type { Slot } from '../../memory/slot.ts';
import type { TenantMemory } from '../../memory/tenant-memory.ts';
import type { Place } from '../place.ts';

/**
 * The parts of inherited values, kept in memory until the values are made of them. Each part is read by itself:
 *
 *   one call:   reads the groups of acme                        reads the group's value   → whose groups have left again
 *   other ones:                          read, and need room
 *
 * What is held is above `maxEntries` for as long, as everything is that a caller waits for.
 */
export class HeldScopes {
  readonly #held = new Map<Slot, TenantMemory>();
  #isOver = false;

  /** Does nothing for a call that has ended: of several values that it waited for, one failed, and the others are still being read. */
  hold({ seat, address, config }: Place): void {
    if (this.#isOver) return;
    const { memory } = seat.follower();
    const slot = memory.pin(address, config);
    if (this.#held.has(slot)) memory.unpin(slot);
    else this.#held.set(slot, memory);
  }

  release(): void {
    this.#isOver = true;
    for (const [slot, memory] of this.#held) memory.unpin(slot);
    this.#held.clear();
  }
}

/** Does some work, and holds nothing after it. */
export async function holdingScopes<R>(work: (held: HeldScopes) => Promise<R>): Promise<R> {
  const held = new HeldScopes();
  try {
    return await work(held);
  } finally {
    held.release();
  }
}
