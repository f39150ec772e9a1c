import type { Ref } from '@tenantry/protocol';
import { type Observable, takeUntil } from 'rxjs';
import { type Entry, type EntryTimes, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { hearTokens } from '../visibility/hear-tokens.ts';
import { createTenantViews } from './create-tenant-views.ts';
import { LazyViews } from './lazy-views.ts';
import { type Place, placeIn } from './place.ts';
import { readEntries } from './read-entries.ts';
import type { ReadOptions, TenantClient, ValuesOf } from './tenant-client.ts';
import type { TenantClientParts } from './tenant-client-parts.ts';
import type { TenantViews } from './tenant-views.ts';
import { type Look, watchSlot } from './watch-slot.ts';

export function createTenantClient(parts: TenantClientParts): TenantClient {
  const { own, global, times, counters, closed$ } = parts;
  const { now } = times;
  const seatOf = (ref: Ref<unknown>) => (ref.definition.tenant === undefined ? global : own);
  const placeOf = (ref: Ref<unknown>): Place => placeIn(own, global, ref);

  function watch<T>(ref: Ref<T>): Observable<T | undefined> {
    return watchSlot(placeOf(ref), now, slot => lookAtValue<T>(slot, now)).pipe(takeUntil(closed$));
  }

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
      const { memory } = seatOf(ref);
      if (memory === undefined) return undefined;
      memory.touched = true;
      const slot = memory.slots.get(ref.address);
      if (slot === undefined || slot.state === 'unknown' || (slot.isExpired(now) && !slot.hasEnded(now)))
        return undefined;
      slot.visit();
      return entryOf(slot, 'memory', times);
    },

    async get<T>(ref: Ref<T>, options?: ReadOptions) {
      const place = placeOf(ref);
      const { memory } = place.seat;
      const slot = memory?.slots.get(place.address);
      // The same answer as below, at less cost.
      if (memory && slot !== undefined && options === undefined && memory.live && slot.isFresh(now)) {
        memory.touched = true;
        slot.visit();
        counters.hits++;
        return slot.value as T | undefined;
      }
      const [entry] = await read(parts, [place], options);
      return entry?.value as T | undefined;
    },

    async getMany<R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions) {
      const entries = await read(parts, refs.map(placeOf), options);
      return entries.map(({ value }) => value) as ValuesOf<R>;
    },

    async entry<T>(ref: Ref<T>, options?: ReadOptions) {
      return (await read(parts, [placeOf(ref)], options))[0] as Entry<T>;
    },

    watch,

    watchEntry<T>(ref: Ref<T>) {
      return watchSlot(placeOf(ref), now, slot => lookAtEntry<T>(slot, times), true).pipe(takeUntil(closed$));
    },
  };
  const views = new LazyViews(() => createTenantViews(parts, placeOf, watch));
  return Object.assign(views, reads) as unknown as TenantClient;
}

/** Not `async`: an answer from memory would cost more turns of the event loop. */
function read(parts: TenantClientParts, places: readonly Place[], options?: ReadOptions): Promise<Entry<unknown>[]> {
  const { atLeast, signal } = options ?? {};
  if (atLeast === undefined) return readEntries(places, parts, options);
  const seats = places.map(({ seat }) => seat);
  const heard = hearTokens(parts, seats, atLeast, { timeoutMs: parts.readTimeoutMs, signal, orInRedis: true });
  return heard.then(() => readEntries(places, parts, options));
}

function lookAtValue<T>(slot: Slot, now: () => number): Look<T | undefined> {
  const signature = slot.isPresent(now) ? slot.revision : -1;
  return { signature, value: slot.valueAt(now) as T | undefined };
}

/** Its signature also changes when the entry becomes stale or fresh. */
function lookAtEntry<T>(slot: Slot, times: EntryTimes): Look<Entry<T>> {
  const { signature } = lookAtValue(slot, times.now);
  const entry = entryOf<T>(slot, 'memory', times);
  return { signature: `${signature} ${entry.stale} ${slot.ended}`, value: entry };
}
