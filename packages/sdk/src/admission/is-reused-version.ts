import { isDeepStrictEqual } from 'node:util';
import type { Slot } from '../memory/slot.ts';

/**
 * What has the slot's version is not what the slot shows. A version is given twice where Redis lost a write-back that was seen
 * here before the database had it:
 *
 *   writer: set → v9, seen here                                    set → v9 again
 *   Redis:                        loses its data, filled with v8
 *
 * Only a config's is, and hardly ever but where the feed's continuity ended between the two: a Redis that evicts may lose one key of
 * many. So where it did not, what was written at the same time is not decoded. Otherwise content decides, since clocks may agree, and
 * the database keeps the keys of an object in an order of its own.
 */
export function isOtherWrite(slot: Slot, updatedAt: number, value: () => unknown): boolean {
  if (!slot.config || (slot.isExact && !slot.trouble && slot.updatedAt === updatedAt)) return false;
  return !isDeepStrictEqual(slot.value, value());
}
