import type { Slot } from './slot.ts';

/**
 * Finds the slots that show a record. A record has one slot for each of its keys that this process reads: mostly one, which stands here
 * without a list around it.
 */
export class OwnerIndex {
  readonly #slots = new Map<string, Slot | readonly Slot[]>();

  slotsOf(owner: string): readonly Slot[] {
    const owned = this.#slots.get(owner);
    if (owned === undefined) return NONE;
    return isList(owned) ? owned : [owned];
  }

  /** The owner in a text that is here already, where one is: each reply and message brings another. */
  sameText(owner: string, slot: Slot): string {
    if (owner === slot.address) return slot.address;
    return this.slotsOf(owner)[0]?.shown.owner ?? owner;
  }

  add(owner: string, slot: Slot): void {
    const owned = this.slotsOf(owner);
    this.#slots.set(owner, owned.length === 0 ? slot : [...owned, slot]);
  }

  /** Does nothing where the slot is not the owner's. */
  remove(owner: string, slot: Slot): void {
    const owned = this.#slots.get(owner);
    if (owned === slot) this.#slots.delete(owner);
    if (owned === undefined || !isList(owned)) return;
    const others = owned.filter(each => each !== slot);
    const [first] = others;
    if (first) this.#slots.set(owner, others.length === 1 ? first : others);
  }
}

const NONE: readonly Slot[] = Object.freeze([]);

const isList = (owned: Slot | readonly Slot[]): owned is readonly Slot[] => Array.isArray(owned);
