/** A record as Redis or the source has it under an address, decoded. */
export interface StoredRecord {
  readonly owner: string;
  readonly version: number;
  readonly updatedAt: number;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** Until then a reader with a source need not load it again, ms since 1970; 0: as long as the feed tells of no newer version. */
  readonly freshUntil: number;
  /** Read-only in depth: every reader gets the same object. */
  readonly value: unknown;
  /** The value's bytes, where they are to be kept: a schema may make something of them that cannot be encoded. */
  readonly payload?: Buffer | undefined;
}

/** The times of a record that come with it. */
export type ValueTimes = Pick<StoredRecord, 'freshUntil' | 'expiresAt'>;

/** The record that a slot shows. Replaced as a whole, never changed. */
export interface ShownRecord {
  /** '' where the slot shows none. */
  readonly owner: string;
  readonly version: number;
  readonly updatedAt: number;
  readonly times: ShownTimes;
}

/** What becomes of the record that a slot shows, ms since 1970. */
export interface ShownTimes {
  /** When the value ends by itself; 0 never. */
  readonly endsAt: number;
  /** Until then it need not be loaded again; 0: as long as the feed tells of no newer version. */
  readonly freshUntil: number;
  /** When it came straight from the source; 0: it came by way of Redis. */
  readonly loadedAt: number;
}

/** Most records have none of these: they share it, which saves its room in each of them. */
export const NO_TIMES: ShownTimes = Object.freeze({ endsAt: 0, freshUntil: 0, loadedAt: 0 });

/** Slots without a record share it. */
export const NO_RECORD: ShownRecord = Object.freeze({ owner: '', version: 0, updatedAt: 0, times: NO_TIMES });

/** The same object where the times are the same. */
export function timesFrom(times: ShownTimes, endsAt: number, freshUntil: number): ShownTimes {
  return times.endsAt === endsAt && times.freshUntil === freshUntil ? times : { ...times, endsAt, freshUntil };
}
