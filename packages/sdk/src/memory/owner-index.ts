import type { Slot } from './slot.ts';

/** Finds the slots that show a record. A record has one slot for each of its keys that this process reads. */
export class OwnerIndex {
  readonly #slots = new Map<string, Slot[]>();

  slotsOf(owner: string): readonly Slot[] {
    return this.#slots.get(owner) ?? NONE;
  }

  add(owner: string, slot: Slot): void {
    const owned = this.#slots.get(owner);
    if (owned) owned.push(slot);
    else this.#slots.set(owner, [slot]);
  }

  /** Does nothing where the slot is not the owner's. */
  remove(owner: string, slot: Slot): void {
    const owned = this.#slots.get(owner);
    if (!owned) return;
    const at = owned.indexOf(slot);
    if (at >= 0) owned.splice(at, 1);
    if (owned.length === 0) this.#slots.delete(owner);
  }
}

const NONE: readonly Slot[] = Object.freeze([]);
