import type { Ref } from '@tenantry/protocol';
import { takeUntil } from 'rxjs';
import { type Entry, type EntryTimes, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { createTenantViews } from './create-tenant-views.ts';
import { LazyViews } from './lazy-views.ts';
import { placeIn } from './place.ts';
import { type Answer, readPlaces } from './read-places.ts';
import type { ReadOptions, TenantClient, ValuesOf } from './tenant-client.ts';
import type { TenantClientParts } from './tenant-client-parts.ts';
import type { TenantSeat } from './tenant-seat.ts';
import type { TenantViews } from './tenant-views.ts';
import { type Look, watchSlot } from './watch-slot.ts';

/** Its functions work by themselves, too: `const { get } = tenant`. */
export function createTenantClient(own: TenantSeat, global: TenantSeat, parts: TenantClientParts): TenantClient {
  const { times, counters, closed$ } = parts;
  const { now } = times;
  const reads: Omit<TenantClient, keyof TenantViews> = {
    peek<T>(ref: Ref<T>) {
      const { memory } = ref.definition.tenant === undefined ? global : own;
      if (memory === undefined) return undefined;
      memory.touched = true;
      const slot = memory.slots.get(ref.address);
      if (slot === undefined) return undefined;
      slot.visit();
      return slot.expiresAt === 0 || slot.expiresAt > now() ? (slot.value as T) : (slot.fallback as T);
    },

    peekEntry(ref) {
      const { memory } = ref.definition.tenant === undefined ? global : own;
      if (memory === undefined) return undefined;
      memory.touched = true;
      const slot = memory.slots.get(ref.address);
      if (slot === undefined || slot.state === 'unknown' || (slot.isExpired(now) && !slot.hasEnded(now)))
        return undefined;
      slot.visit();
      return entryOf(slot, 'memory', times);
    },

    async get<T>(ref: Ref<T>, options?: ReadOptions) {
      const place = placeIn(own, global, ref);
      const { memory } = place.seat;
      const slot = memory?.slots.get(place.address);
      // The same answer as below, at less cost.
      if (memory && slot !== undefined && options === undefined && memory.live && slot.isFresh(now)) {
        memory.touched = true;
        slot.visit();
        counters.hits++;
        return slot.value as T | undefined;
      }
      const [value] = await readPlaces([place], parts, each => each.valueAt(now), options);
      return value as T | undefined;
    },

    async getMany<R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions) {
      const places = refs.map(ref => placeIn(own, global, ref));
      return (await readPlaces(places, parts, slot => slot.valueAt(now), options)) as ValuesOf<R>;
    },

    async entry<T>(ref: Ref<T>, options?: ReadOptions) {
      const answer: Answer<Entry<T>> = (slot, origin) => entryOf(slot, origin, times);
      const [entry] = await readPlaces([placeIn(own, global, ref)], parts, answer, options);
      return entry as Entry<T>;
    },

    watch<T>(ref: Ref<T>) {
      const look = (slot: Slot) => lookAtValue<T>(slot, now);
      return watchSlot(placeIn(own, global, ref), now, look).pipe(takeUntil(closed$));
    },

    watchEntry<T>(ref: Ref<T>) {
      const look = (slot: Slot) => lookAtEntry<T>(slot, times);
      return watchSlot(placeIn(own, global, ref), now, look, true).pipe(takeUntil(closed$));
    },
  };
  const views = new LazyViews(() => createTenantViews(own, global, reads.watch, parts));
  return Object.assign(views, reads);
}

function lookAtValue<T>(slot: Slot, now: () => number): Look<T | undefined> {
  const signature = slot.isPresent(now) ? slot.revision : -1;
  return { signature, value: slot.valueAt(now) as T | undefined };
}

/** Its signature also changes when the entry becomes stale or fresh. */
function lookAtEntry<T>(slot: Slot, times: EntryTimes): Look<Entry<T>> {
  const { signature } = lookAtValue(slot, times.now);
  const entry = entryOf<T>(slot, 'memory', times);
  return { signature: `${signature} ${entry.stale} ${slot.news.ended}`, value: entry };
}
