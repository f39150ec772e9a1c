import { isDeepStrictEqual } from 'node:util';
import type { Slot } from './slot.ts';

/**
 * What has the slot's version is not what the slot shows. A version is given twice where Redis lost a write-back that was seen
 * here before the database had it:
 *
 *   writer: set → v9, seen here                                    set → v9 again
 *   Redis:                        loses its data, filled with v8
 *
 * Only a config's is, and only where the feed's continuity ended between the two: elsewhere nothing is decoded. By content, since
 * clocks may agree, and the database keeps the keys of an object in an order of its own.
 */
export function isOtherWrite(slot: Slot, value: () => unknown): boolean {
  if (!slot.config || (slot.isExact && !slot.trouble)) return false;
  return !isDeepStrictEqual(slot.value, value());
}
