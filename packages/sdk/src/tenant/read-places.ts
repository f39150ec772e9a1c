import { TenantryError } from '@tenantry/protocol';
import { checkOptionNames, refuseOption } from '@tenantry/protocol/internal';
import type { EntryTimes } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import type { ClientCounters } from '../reads/counters.ts';
import type { Place } from './place.ts';
import type { ReadOptions } from './tenant-client.ts';
import type { TenantFollower } from './tenant-follower.ts';

/** What reads work with. */
export interface ReadPlacesParts {
  readonly times: EntryTimes;
  readonly counters: Pick<ClientCounters, 'hits' | 'misses'>;
  /** Whether the answer of this place counts as a value. Default: each does. */
  isCounted?(place: Place): boolean;
}

/** What the caller gets of a slot. `origin`: where this answer came from. */
export type Answer<T> = (slot: Slot, origin: 'memory' | Slot['origin']) => T;

/** A misspelt option would silently be none: a reader with a token would get an older value. `INVALID_OPTION`. */
export function checkReadOptions(options: ReadOptions | undefined): void {
  if (options === undefined) return;
  checkOptionNames('a read', options, ['signal', 'atLeast']);
  const { signal } = options;
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    refuseOption('signal', 'an AbortSignal', signal);
}

/** Answers from memory where it may, from Redis otherwise. All answers are as of one moment. */
export async function readPlaces<T>(
  places: readonly Place[],
  { times, counters, isCounted = () => true }: ReadPlacesParts,
  answer: Answer<T>,
  { signal, atLeast }: ReadOptions = {},
): Promise<T[]> {
  signal?.throwIfAborted();
  // Who has a token wants no older value, at no price.
  const isStrict = atLeast !== undefined;
  const pinned = places.map(place => {
    const { seat, address, config } = place;
    const follower = seat.follower();
    return { follower, slot: follower.memory.pin(address, config), counted: isCounted(place) ? 1 : 0 };
  });
  try {
    const missing: Missing[] = [];
    const wasRead = pinned.map(({ follower, slot, counted }) => {
      follower.touch();
      slot.visit();
      if (follower.isClosed) throw closed();
      const isAnswered = isStrict ? isCurrent(follower, slot) : follower.reads.mayAnswer(slot, follower.isInterrupted);
      if (isAnswered) {
        counters.hits += counted;
        return false;
      }
      counters.misses += counted;
      const its = missing.find(each => each.follower === follower);
      if (its) its.slots.push(slot);
      else missing.push({ follower, slots: [slot] });
      return true;
    });
    // Without this `if`, an answer from memory would cost three turns of the event loop instead of one.
    if (missing.length > 0) {
      const onFailure = isStrict ? thrown : unlessBetter(times.now);
      await abortable(Promise.all(missing.map(its => bring(its, onFailure))), signal);
    }
    if (isStrict) for (const { slot } of pinned) if (slot.trouble) throw slot.trouble;
    return pinned.map(({ slot }, i) => answer(slot, wasRead[i] ? slot.origin : 'memory'));
  } finally {
    for (const { follower, slot } of pinned) follower.memory.unpin(slot);
  }
}

/** What memory of one tenant cannot answer. */
interface Missing {
  readonly follower: TenantFollower;
  readonly slots: Slot[];
}

/** Throws the error where there is nothing better. */
type OnFailure = (follower: TenantFollower, slot: Slot, error: unknown) => void;

/** Memory has what Redis has, as far as the feed was heard. */
function isCurrent({ memory, reads }: TenantFollower, slot: Slot): boolean {
  return memory.live && slot.trouble === undefined && reads.mayAnswer(slot, false);
}

/** Reads from Redis, and from the source. */
function bring({ follower, slots }: Missing, onFailure: OnFailure): Promise<void> {
  return follower.reads.bringAllUpToDate(slots, (slot, error) => onFailure(follower, slot, error));
}

/** An old value or a default is better than an error. */
function unlessBetter(now: () => number): OnFailure {
  return (follower, slot, error) => {
    const wasAbsent = slot.state === 'absent' && !slot.knowledge.outdated;
    const isBetter = slot.isPresent(now) || wasAbsent || slot.hasEnded(now) || slot.fallback !== undefined;
    if (follower.isClosed || !isBetter) throw error;
  };
}

function thrown(_follower: TenantFollower, _slot: Slot, error: unknown): never {
  throw error;
}

function closed(): TenantryError {
  return new TenantryError('CLOSED', 'The client is closed: nothing can be read any more.');
}

/** Settles with `work`, or rejects with the signal's reason as soon as it is aborted. The work itself goes on. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
