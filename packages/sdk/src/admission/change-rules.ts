import { type FeedChange, isNewer } from '@tenantry/protocol/wire';
import type { Slot } from '../memory/slot.ts';

/**
 * The record left the slot that shows it. Where the slot was not exact before this message, the message does not say enough: a key that
 * the record claims may belong to a newer record, and a key that it leaves may belong to another one already.
 *
 *   writer: x leaves a, y takes a (missed)
 *   writer:                                  x changes    → memory, which still shows x under a, must not call a absent
 */
export function isLeft(slot: Slot, change: FeedChange): boolean {
  if (!isNewer(change.version, slot.shown.version)) return isReused(slot, change);
  return slot.config !== undefined || slot.isExact;
}

/** The slot shows this version of a config, which may have been given to another write before. */
export function isReused({ config, state, shown }: Slot, { version }: FeedChange): boolean {
  return config !== undefined && state === 'present' && shown.version === version;
}

/** The feed tells of versions of a config again that are forbidden here. A value that came straight from the source may be ahead of it. */
export function wasForbidden(slot: Slot, { owner, version }: FeedChange, now: () => number): boolean {
  if (!slot.config || !slot.isForbidden(owner, version)) return false;
  return !(slot.isPresent(now) && slot.shown.times.loadedAt !== 0);
}

export function isStepBack(slot: Slot, { owner, version }: FeedChange, now: () => number): boolean {
  return (slot.isPresent(now) && !isNewer(version, slot.shown.version)) || slot.isForbidden(owner, version);
}

/** A config was loaded again: the same version, for longer. Or another write got its version. */
export function isRenewal(slot: Slot, change: FeedChange): boolean {
  return !!change.envelope && isReused(slot, change) && slot.shown.owner === change.owner;
}

/** The version that the slot knows already, without its value: Redis now says something else of it. */
export function isToldAgain({ config, state, shown, former }: Slot, { owner, version, envelope }: FeedChange): boolean {
  const known = state === 'present' ? shown : former;
  return config === undefined && !envelope && known.owner === owner && known.version === version;
}
