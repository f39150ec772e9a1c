import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import { Observable } from 'rxjs';
import type { Slot } from '../memory/slot.ts';
import type { Place } from './place.ts';

/** The value of a slot at one moment. Only a different `signature` is a change. */
export interface Look<T> {
  readonly signature: string | number;
  readonly value: T;
}

/**
 * Emits the slot as it is now and after each change, and completes when its config is deregistered. Silent as long as the slot is not
 * known; with `tellsStale` it emits also where a first read failed. Never errors: trouble with Redis is a value in `status$`, and a reader that cannot reach Redis keeps its last value.
 *
 * Subscribes before it looks, so that no change can come between the two.
 */
export function watchSlot<T>(
  { seat, address, config }: Place,
  now: () => number,
  look: (slot: Slot) => Look<T>,
  tellsStale = false,
): Observable<T> {
  return new Observable(subscriber => {
    let seen: string | number | undefined;
    // Only now, because the tenant may have been let go since `watch` was called.
    const follower = seat.follower();
    let expiry: ReturnType<typeof setTimeout> | undefined;
    const slot = follower.memory.watch(address, config, changed);
    const { endings } = slot.news;

    function changed(): void {
      clearTimeout(expiry);
      // Where a read could not find out, the default is better than silence, and so is an entry that says `stale`.
      const isWorthIt = slot.news.gaveUp && seen === undefined && (tellsStale || slot.fallback !== undefined);
      if (!slot.isKnown && !isWorthIt) return;
      // An expired key leaves Redis without a message.
      const left = slot.expiresAt === 0 ? 0 : slot.expiresAt - now();
      if (left > 0) expiry = setTimeout(changed, Math.min(left, LONGEST_TIMER_MS));
      const { signature, value } = look(slot);
      if (signature !== seen) {
        seen = signature;
        subscriber.next(value);
      }
      if (slot.news.endings !== endings) subscriber.complete();
    }

    subscriber.add(() => {
      clearTimeout(expiry);
      follower.unwatch(slot, changed);
    });
    changed();
    if (!subscriber.closed) follower.watched(slot);
  });
}
