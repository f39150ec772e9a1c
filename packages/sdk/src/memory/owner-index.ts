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

  /** Answers the owner in a text that is here already, where one is: each reply and message brings another. */
  add(owner: string, slot: Slot): string {
    const owned = this.#slots.get(owner);
    const others = isList(owned) ? owned : owned && [owned];
    const text = owner === slot.address ? slot.address : (others?.[0]?.shown.owner ?? owner);
    this.#slots.set(text, others ? [...others, slot] : slot);
    return text;
  }

  /** Does nothing where the slot is not the owner's. */
  remove(owner: string, slot: Slot): void {
    const owned = this.#slots.get(owner);
    if (owned === slot) this.#slots.delete(owner);
    if (!isList(owned)) return;
    const others = owned.filter(each => each !== slot);
    const [first] = others;
    if (first) this.#slots.set(owner, others.length === 1 ? first : others);
  }
}

const NONE: readonly Slot[] = Object.freeze([]);

const isList = (owned: Slot | readonly Slot[] | undefined): owned is readonly Slot[] => Array.isArray(owned);
