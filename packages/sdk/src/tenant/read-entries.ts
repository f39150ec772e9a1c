import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { type Entry, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { abortable } from './abortable.ts';
import type { TenantFollower } from './tenant-follower.ts';

/** Options of one call. */
export interface ReadOptions {
  /** Ends the wait of this caller with the signal's reason. What was begun goes on for the others. */
  readonly signal?: AbortSignal | undefined;
}

/** One address, and whose memory it is in. */
export interface Place {
  readonly follower: TenantFollower;
  readonly address: string;
  /** Where it is a config's. */
  readonly config: AnyConfig | undefined;
}

/** From memory where it may answer, from Redis otherwise; all answers are as of one moment. */
export async function readEntries(
  places: readonly Place[],
  clock: () => number,
  options: ReadOptions = {},
): Promise<Entry<unknown>[]> {
  options.signal?.throwIfAborted();
  const held = places.map(({ follower, address, config }) => ({
    follower,
    slot: follower.memory.hold(address, config),
  }));
  try {
    const asked = held.map(({ follower, slot }) => {
      follower.memory.touched = true;
      slot.visited = true;
      return mayAnswer(follower, slot, clock) ? undefined : bring(follower, slot, clock);
    });
    // Without this, what memory has would cost three turns of the event loop instead of one.
    if (asked.some(Boolean)) await abortable(Promise.all(asked), options.signal);
    return held.map(({ slot }, i) => entryOf(slot, asked[i] ? slot.origin : 'memory', clock));
  } finally {
    for (const { follower, slot } of held) follower.memory.release(slot);
  }
}

/** Memory is current; or the feed broke off, and what it said last is the best there is for now. */
function mayAnswer(follower: TenantFollower, slot: Slot, clock: () => number): boolean {
  if (follower.isClosed) throw closed();
  const { memory, reads } = follower;
  if (reads.loads && memory.hasSourceOf(slot)) return reads.loads.mayAnswer(slot, follower.isInterrupted);
  if (memory.live) return slot.isVouchedFor(clock);
  return follower.isInterrupted && (slot.isPresent(clock) || (slot.state === 'absent' && slot.isVouchedFor(clock)));
}

/** Reads from Redis. Where that fails, an old value or a default is better than an error. */
async function bring(follower: TenantFollower, slot: Slot, clock: () => number): Promise<void> {
  try {
    await follower.reads.request(slot);
  } catch (error) {
    const wasAbsent = slot.state === 'absent' && !slot.outdated;
    const isBetter = slot.isPresent(clock) || wasAbsent || slot.hasEnded(clock) || slot.fallback !== undefined;
    if (follower.isClosed || !isBetter) throw error;
  }
}

function closed(): TenantryError {
  return new TenantryError('CLOSED', 'The client is closed: nothing can be read any more.');
}
