import type { Slot } from '../memory/slot.ts';

/** One address that can be watched: what views are built on. */
export interface Watchable {
  readonly address: string;
  /** Begins to watch: from here on the listener is called after each change. */
  watch(listener: () => void): WatchedSlot;
}

/** The watched slot. Its owner looks at it first, then says so, and ends it once. */
export interface WatchedSlot {
  readonly slot: Slot;
  /** It was looked at: it is read where it is not fresh, and from here on memory hears every change. */
  looked(): void;
  end(): void;
}
