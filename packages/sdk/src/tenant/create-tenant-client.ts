import { type Ref, TenantryError } from '@tenantry/protocol';
import { describeArrived, isConfig } from '@tenantry/protocol/internal';
import { type Observable, takeUntil } from 'rxjs';
import { type Entry, type EntryTimes, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { type Answer, type Place, readPlaces } from './read-places.ts';
import type { ReadOptions, TenantClient, ValuesOf } from './tenant-client.ts';
import type { TenantSeat } from './tenant-seat.ts';
import { type Look, watchSlot } from './watch-slot.ts';

/** All tenants of one client share these. */
export interface TenantClientParts {
  readonly times: EntryTimes;
  readonly closed$: Observable<unknown>;
}

/** Its functions work by themselves, too: `const { get } = tenant`. */
export function createTenantClient(
  own: TenantSeat,
  global: TenantSeat,
  { times, closed$ }: TenantClientParts,
): TenantClient {
  const { now } = times;
  return {
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
      const place = placeOf(ref, own, global);
      const { memory } = place.seat;
      const slot = memory?.slots.get(place.address);
      // The same answer as below, at less cost.
      if (memory && slot !== undefined && options === undefined && memory.live && slot.isFresh(now)) {
        memory.touched = true;
        slot.visit();
        return slot.value as T | undefined;
      }
      const [value] = await readPlaces([place], now, each => each.valueAt(now), options);
      return value as T | undefined;
    },

    async getMany<R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions) {
      const places = refs.map(ref => placeOf(ref, own, global));
      return (await readPlaces(places, now, slot => slot.valueAt(now), options)) as ValuesOf<R>;
    },

    async entry<T>(ref: Ref<T>, options?: ReadOptions) {
      const answer: Answer<Entry<T>> = (slot, origin) => entryOf(slot, origin, times);
      const [entry] = await readPlaces([placeOf(ref, own, global)], now, answer, options);
      return entry as Entry<T>;
    },

    watch<T>(ref: Ref<T>) {
      const look = (slot: Slot) => lookAtValue<T>(slot, now);
      return watchSlot(placeOf(ref, own, global), now, look).pipe(takeUntil(closed$));
    },

    watchEntry<T>(ref: Ref<T>) {
      const look = (slot: Slot) => lookAtEntry<T>(slot, times);
      return watchSlot(placeOf(ref, own, global), now, look, true).pipe(takeUntil(closed$));
    },
  };
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

function placeOf(ref: Ref<unknown>, own: TenantSeat, global: TenantSeat): Place {
  checkRef(ref);
  const { definition, address } = ref;
  const seat = definition.tenant === undefined ? global : own;
  return { seat, address, config: isConfig(definition) ? definition : undefined };
}

function checkRef(ref: Ref<unknown>): void {
  if (typeof ref?.address === 'string' && typeof ref.definition === 'object' && ref.definition !== null) return;
  throw new TenantryError('INVALID_KEY', `A ref is made by a definition's \`by\`, got ${describeArrived(ref)}.`);
}
