import { TenantryError } from '@tenantry/protocol';
import { type Entry, type EntryTimes, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import type { ClientCounters } from '../reads/counters.ts';
import { abortable } from './abortable.ts';
import type { Place } from './place.ts';
import type { ReadOptions } from './tenant-client.ts';
import type { TenantFollower } from './tenant-follower.ts';

/** What reads work with. */
export interface ReadEntriesParts {
  readonly times: EntryTimes;
  readonly counters: ClientCounters;
}

/** Answers from memory where it may, from Redis otherwise. All answers are as of one moment. */
export async function readEntries(
  places: readonly Place[],
  { times, counters }: ReadEntriesParts,
  options: ReadOptions = {},
): Promise<Entry<unknown>[]> {
  options.signal?.throwIfAborted();
  // Who has a token wants no older value, at no price.
  const isStrict = options.atLeast !== undefined;
  const pinned = places.map(({ seat, address, config }) => {
    const follower = seat.follower();
    return { follower, slot: follower.memory.pin(address, config) };
  });
  try {
    const asked = pinned.map(({ follower, slot }) => {
      follower.touch();
      slot.visit();
      if (follower.isClosed) throw closed();
      const isAnswered = (!isStrict || follower.memory.live) && follower.reads.mayAnswer(slot, follower.isInterrupted);
      if (isAnswered) counters.hits++;
      else counters.misses++;
      if (isAnswered) return undefined;
      return isStrict ? follower.reads.bringUpToDate(slot, 'caller') : bring(follower, slot, times.now);
    });
    // Without this `if`, an answer from memory would cost three turns of the event loop instead of one.
    if (asked.some(Boolean)) await abortable(Promise.all(asked), options.signal);
    return pinned.map(({ slot }, i) => entryOf(slot, asked[i] ? slot.origin : 'memory', times));
  } finally {
    for (const { follower, slot } of pinned) follower.memory.unpin(slot);
  }
}

/** Reads from Redis. Where that fails, an old value or a default is better than an error. */
async function bring(follower: TenantFollower, slot: Slot, now: () => number): Promise<void> {
  try {
    await follower.reads.bringUpToDate(slot, 'caller');
  } catch (error) {
    const wasAbsent = slot.state === 'absent' && !slot.knowledge.outdated;
    const isBetter = slot.isPresent(now) || wasAbsent || slot.hasEnded(now) || slot.fallback !== undefined;
    if (follower.isClosed || !isBetter) throw error;
  }
}

function closed(): TenantryError {
  return new TenantryError('CLOSED', 'The client is closed: nothing can be read any more.');
}
