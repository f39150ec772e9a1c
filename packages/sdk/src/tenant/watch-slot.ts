import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import { Observable } from 'rxjs';
import type { Slot } from '../memory/slot.ts';
import type { Place } from './read-entries.ts';

/** What a look at a slot gives. Only a different `mark` is a change. */
export interface Look<T> {
  readonly mark: string | number;
  readonly value: T;
}

/**
 * A slot as it is now and after each change, until its config is deregistered; nothing as long as it is not known. Never errors: trouble with Redis is a
 * value in `status$`, and a reader that cannot reach it keeps what it has.
 *
 * Subscribes before it looks, so that nothing can come between the two.
 */
export function watchSlot<T>(
  { follower, address, config }: Place,
  clock: () => number,
  look: (slot: Slot) => Look<T>,
): Observable<T> {
  return new Observable(subscriber => {
    let seen: string | number | undefined;
    let expiry: ReturnType<typeof setTimeout> | undefined;
    const slot = follower.watch(address, config, changed);
    const { endings } = slot;

    function changed(): void {
      clearTimeout(expiry);
      // A default is better than nothing at all, where it cannot be found out.
      if (!slot.isKnown && !(slot.gaveUp && seen === undefined && slot.fallback !== undefined)) return;
      // An expired key leaves Redis without a message.
      const left = slot.expiresAt === 0 ? 0 : slot.expiresAt - clock();
      if (left > 0) expiry = setTimeout(changed, Math.min(left, LONGEST_TIMER_MS));
      const { mark, value } = look(slot);
      if (mark !== seen) {
        seen = mark;
        subscriber.next(value);
      }
      if (slot.endings !== endings) subscriber.complete();
    }

    subscriber.add(() => {
      clearTimeout(expiry);
      follower.unwatch(slot, changed);
    });
    changed();
    if (!subscriber.closed) follower.watched(slot);
  });
}
