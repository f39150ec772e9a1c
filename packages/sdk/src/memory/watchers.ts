import type { Slot } from './slot.ts';

type Listener = () => void;

/** Who listens to the slots of one tenant. */
export class Watchers {
  /** Undefined: nobody does. A slot mostly has one listener, which stands here without a set around it. */
  #listeners: Map<Slot, Listener | Set<Listener>> | undefined;

  /** How many slots have listeners. */
  get size(): number {
    return this.#listeners?.size ?? 0;
  }

  has(slot: Slot): boolean {
    return this.#listeners?.has(slot) === true;
  }

  /** How many listen to the slot. */
  countOf(slot: Slot): number {
    const listeners = this.#listeners?.get(slot);
    return typeof listeners === 'object' ? listeners.size : Number(listeners !== undefined);
  }

  slots(): Iterable<Slot> {
    return this.#listeners?.keys() ?? [];
  }

  add(slot: Slot, listener: Listener): void {
    this.#listeners ??= new Map();
    const others = this.#listeners.get(slot);
    if (others === undefined) this.#listeners.set(slot, listener);
    else if (typeof others === 'function') this.#listeners.set(slot, new Set([others, listener]));
    else others.add(listener);
  }

  remove(slot: Slot, listener: Listener): void {
    const listeners = this.#listeners?.get(slot);
    if (typeof listeners === 'object') listeners.delete(listener);
    if (listeners === listener || (typeof listeners === 'object' && listeners.size === 0))
      this.#listeners?.delete(slot);
  }

  /** Calls the listeners of these slots. Memory is whole before the first of them is called. */
  call(slots: Iterable<Slot>): void {
    if (this.size === 0) return;
    for (const slot of [...slots]) {
      const listeners = this.#listeners?.get(slot);
      if (typeof listeners === 'function') listeners();
      else if (listeners) for (const listener of [...listeners]) listener();
    }
  }
}

/** Nobody listens to anything. */
export const NO_WATCHERS = new Watchers();
