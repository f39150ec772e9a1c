import type { TenantryError } from '@tenantry/protocol';
import type { Slot } from '../memory/slot.ts';

/** What views look at: a slot of memory, or what comes of several. */
export interface ShownSlot
  extends Pick<Slot, 'address' | 'fallback' | 'state' | 'isKnown' | 'revision' | 'expiresAt' | 'endings' | 'gaveUp'> {
  /** Why it shows its last good value. */
  readonly trouble: TenantryError | undefined;
  /** Redis had a state that is not shown yet. */
  readonly isOutdated: boolean;
  /** It is outdated, and the feed was heard since it was known first: other slots may be of a later moment. */
  readonly isHalfHeard: boolean;
  /** Every change of it is heard. */
  readonly isLive: boolean;
  isPresent(now: () => number): boolean;
  isExpired(now: () => number): boolean;
  isStale(now: () => number): boolean;
  valueAt(now: () => number): unknown;
}

/** One address that can be watched: what views are built on. */
export interface Watchable {
  readonly address: string;
  /** Begins to watch: from here on the listener is called after each change. */
  watch(listener: () => void): WatchedSlot;
}

/** The watched slot. Its owner looks at it first, then says so, and ends it once. */
export interface WatchedSlot {
  readonly slot: ShownSlot;
  /** It was looked at: it is read where it is not fresh, and from here on memory hears every change. */
  looked(): void;
  end(): void;
}
