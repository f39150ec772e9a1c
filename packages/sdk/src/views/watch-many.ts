import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import { Observable } from 'rxjs';
import type { ShownSlot, Watchable } from './watchable.ts';

/** What one slot shows. Only a different `signature` is a change. */
interface Look {
  readonly signature: number;
  readonly value: unknown;
}

/**
 * Emits the values of all these addresses together: as they are now, then once after each change of any of them. The changes of one
 * transaction are one emission, because memory takes in a whole message before it tells of it.
 *
 * Never emits a torn state. It waits where memory itself is not whole:
 *
 *   a value was too large to push   one record is new, the other one is still being read
 *   the feed is not live            a message was missed, and the next one is taken in before the comparison with Redis:
 *                                     missed: a and b   heard: a   → a is as of the second, b as of before the first
 *
 * Completes when every config among them is deregistered.
 */
export function watchMany(places: readonly Watchable[], now: () => number): Observable<readonly unknown[]> {
  return new Observable(subscriber => {
    let seen: readonly Look[] | undefined;
    let expiry: ReturnType<typeof setTimeout> | undefined;
    const watched = places.map(place => place.watch(changed));
    const slots = watched.map(({ slot }) => slot);
    const endings = slots.map(slot => slot.endings);

    function changed(): void {
      clearTimeout(expiry);
      expiry = undefined;
      if (!slots.every(slot => isWhole(slot, seen !== undefined))) return;
      const left = untilExpiry(slots, now());
      if (left > 0) expiry = setTimeout(changed, Math.min(left, LONGEST_TIMER_MS));
      const looks = slots.map((slot, i) => look(slot, seen?.[i], now));
      const isSame = seen?.every(({ signature }, i) => signature === looks[i]?.signature);
      if (!isSame || !seen) {
        seen = looks;
        subscriber.next(looks.map(({ value }) => value));
      }
      if (slots.length > 0 && slots.every((slot, i) => slot.endings !== endings[i])) subscriber.complete();
    }

    subscriber.add(() => {
      clearTimeout(expiry);
      for (const each of watched) each.end();
    });
    changed();
    if (!subscriber.closed) for (const each of watched) each.looked();
  });
}

/** The slot is part of a state that Redis had, as far as this process can know. */
function isWhole(slot: ShownSlot, hasEmitted: boolean): boolean {
  const { trouble, isKnown, gaveUp, isOutdated, isHalfHeard, isLive } = slot;
  // It shows its last good value: the newer one cannot be had.
  if (trouble) return slot.state !== 'unknown' || gaveUp;
  if (!isKnown) return !hasEmitted && gaveUp && slot.fallback !== undefined;
  if (!isOutdated) return true;
  // A first state without a live feed is as good as the one read that brought it, unless the feed was heard since. Later ones are not looked at.
  return !isLive && (hasEmitted || !isHalfHeard);
}

/** Without a live feed what was seen stays, except that a value ends by its own time. */
function look(slot: ShownSlot, seen: Look | undefined, now: () => number): Look {
  if (seen && !slot.isLive && !slot.isExpired(now)) return seen;
  return { signature: slot.isPresent(now) ? slot.revision : -1, value: slot.valueAt(now) };
}

/** In how many ms the next of these values ends; 0: none. */
function untilExpiry(slots: readonly ShownSlot[], now: number): number {
  const left = slots.map(({ expiresAt }) => expiresAt - now).filter(ms => ms > 0);
  return left.length > 0 ? Math.min(...left) : 0;
}
