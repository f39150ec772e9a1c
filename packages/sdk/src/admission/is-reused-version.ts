import { isDeepStrictEqual } from 'node:util';
import type { Slot } from '../memory/slot.ts';

/**
 * Another write has the version that the slot shows. A version is given twice where Redis lost a write-back before it was flushed, and a
 * reader had seen it:
 *
 *   writer: set → v9, seen here                                    set → v9 again
 *   Redis:                        loses its data, filled with v8
 *
 * This happens to configs only, and hardly ever within one continuity of the feed: a Redis that evicts may lose one key of many. So for
 * an exact slot the same time of the write is enough, and the value is not decoded. Otherwise the contents decide, since two clocks may
 * agree, and the database keeps the properties of an object in an order of its own.
 */
export function isReusedVersion(slot: Slot, updatedAt: number, value: () => unknown): boolean {
  if (!slot.config || (slot.isExact && !slot.knowledge.trouble && slot.shown.updatedAt === updatedAt)) return false;
  return !isDeepStrictEqual(slot.value, value());
}
