import type { Slot } from './slot.ts';

/** A value with what is known of it. */
export interface Entry<T> {
  /** Undefined: there is none, and no default. */
  readonly value: T | undefined;
  /** Undefined without a value. */
  readonly version: number | undefined;
  /** When the record was changed, ms since 1970. Undefined without a value. */
  readonly updatedAt: number | undefined;
  /**
   * Whether Redis or the source was asked for this answer; `default`: nothing is set, or nobody can tell; `snapshot`, `bootstrap`: nobody has
   * answered yet, and this is what the snapshot file has, or what `createClient` was given.
   */
  readonly origin: 'memory' | 'redis' | 'source' | 'snapshot' | 'bootstrap' | 'default';
  /** True: it may not be what Redis has. */
  readonly stale: boolean;
  /** While the feed is not live: for how many ms it has been so. A feed that died silently is found within `heartbeatMs` and `feedTimeoutMs`. */
  readonly age?: number;
  /** The client has a source, and the value a `ttl`: until then it counts as fresh and is not loaded again, ms since 1970. */
  readonly freshUntil?: number;
  /** The config was deregistered: nobody sets it any more, and `watch` and `watchEntry` complete. */
  readonly ended?: 'deregistered';
}

/** An entry of a config that has a default. */
export interface DefaultedEntry<T> extends Entry<T> {
  readonly value: T;
}

/** The times that an entry needs: values end by `now`, the clock of Redis; `clock` tells for how long the feed was away. */
export interface EntryTimes {
  readonly now: () => number;
  readonly clock: () => number;
}

/** The entry that a slot gives now. */
export function entryOf<T>(slot: Slot, origin: 'memory' | 'redis' | 'source', { now, clock }: EntryTimes): Entry<T> {
  const present = slot.isPresent(now);
  const { live, lostAt } = slot.home.continuity;
  const { freshUntil } = slot.shown.times;
  const shelved = present ? slot.home.shelf?.shownIn(slot) : undefined;
  return {
    value: slot.valueAt(now) as T | undefined,
    version: shelved ? shelved.version : present ? slot.shown.version : undefined,
    updatedAt: present && shelved?.origin !== 'bootstrap' ? slot.shown.updatedAt : undefined,
    origin: shelved?.origin ?? (present || slot.fallback === undefined ? origin : 'default'),
    stale: slot.isStale(now),
    ...(live ? undefined : { age: Math.max(0, clock() - lostAt) }),
    ...(present && freshUntil !== 0 ? { freshUntil } : undefined),
    ...(slot.news.ended ? { ended: 'deregistered' } : undefined),
  };
}
