import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import { Observable } from 'rxjs';
import { HeardSlots } from './heard-slots.ts';
import type { LayeredConfigs, LayeredLook, LayeredPlace } from './layered-configs.ts';

/**
 * Emits an inherited config as it is now and after each change of its value, whichever scope it comes from; a change above that leaves the value
 * equal emits nothing. Listens to every scope that decides, and to other ones as soon as the tenant's groups change. Silent while a part of
 * it is not known; never errors.
 */
export function watchLayers<T>(configs: LayeredConfigs, place: LayeredPlace, look: LayeredLook<T>): Observable<T> {
  const { config } = place;
  return new Observable(subscriber => {
    const { now } = configs.parts;
    const own = new HeardSlots(configs, place, changed);
    let seen: { readonly value: T } | undefined;
    let expiry: ReturnType<typeof setTimeout> | undefined;
    let endings: number | undefined;
    let isLooking = false;
    let isAgain = false;

    /** The start of a feed tells its listeners, in the middle of a look. */
    function changed(): void {
      isAgain = true;
      if (isLooking) return;
      isLooking = true;
      while (isAgain && !subscriber.closed) {
        isAgain = false;
        lookOnce();
      }
      isLooking = false;
    }

    function lookOnce(): void {
      clearTimeout(expiry);
      const layers = own.listen();
      const slot = own.ownSlot;
      if (!slot) return;
      endings ??= slot.news.endings;
      // Where a read could not find out, what memory has is better than silence, and so is an entry that says `stale`.
      const isWorthIt = own.gaveUp && seen === undefined && (look.tellsStale || config.default !== undefined);
      if (!own.areKnown && !isWorthIt) return;
      const made = layers.missing.length === 0 ? configs.known(slot) : undefined;
      const left = made && made.endsAt > 0 ? made.endsAt - now() : 0;
      if (left > 0) expiry = setTimeout(changed, Math.min(left, LONGEST_TIMER_MS));
      const value = look.of(slot, made);
      if (seen === undefined || !look.isSame(seen.value, value)) {
        seen = { value };
        subscriber.next(value);
      }
      if (slot.news.endings !== endings) subscriber.complete();
    }

    subscriber.add(() => {
      clearTimeout(expiry);
      own.leave();
    });
    changed();
  });
}
