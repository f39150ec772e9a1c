import { type AnyConfig, type ConfigDefinition, type Ref, TenantryError } from '@tenantry/protocol';
import { describeArrived, isConfig, noRef, refuseOption } from '@tenantry/protocol/internal';
import { type Observable, takeUntil } from 'rxjs';
import { type Entry, type EntryTimes, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { isSameValue } from '../scopes/layered-value.ts';
import { tokensOf } from '../visibility/hear-tokens.ts';
import { createTenantViews } from './create-tenant-views.ts';
import { isLayeredPlace, type LayeredLook } from './layers/layered-configs.ts';
import { watchLayers } from './layers/watch-layers.ts';
import { LazyViews } from './lazy-views.ts';
import { configOf, type Place, placeIn } from './place.ts';
import { type Answer, checkReadOptions, readPlaces } from './read-places.ts';
import type { ReadOptions, TenantClient, ValuesOf } from './tenant-client.ts';
import type { TenantClientParts } from './tenant-client-parts.ts';
import type { TenantSeat } from './tenant-seat.ts';
import type { TenantViews } from './tenant-views.ts';
import { type Look, watchSlot } from './watch-slot.ts';

/** Its functions work by themselves, too: `const { get } = tenant`. */
export function createTenantClient(own: TenantSeat, global: TenantSeat, parts: TenantClientParts): TenantClient {
  const { times, layered, layeredReads, counters, closed$ } = parts;
  const { now } = times;
  const reads: Omit<TenantClient, keyof TenantViews> = {
    peek<T>(ref: Ref<T>) {
      const seat = seatOf(own, global, ref);
      const memory = seat.memory ?? seat.restored();
      if (memory === undefined) return undefined;
      memory.touched = true;
      const slot = memory.slots.get(ref.address) ?? memory.shelf?.restore(ref.address, configOf(ref));
      if (slot === undefined) return undefined;
      slot.visit();
      if (slot.inherited !== undefined) return layered.peek(slot) as T | undefined;
      return slot.expiresAt === 0 || slot.expiresAt > now() ? (slot.value as T) : (slot.fallback as T);
    },

    peekEntry(ref) {
      const slot = knownSlot(placeIn(own, global, ref));
      if (slot === undefined || (slot.isExpired(now) && !slot.hasEnded(now))) return undefined;
      return slot.inherited === undefined ? entryOf(slot, 'memory', times) : layered.peekEntry(slot);
    },

    explain<T>(config: ConfigDefinition<T, unknown>) {
      checkConfig(config);
      const slot = knownSlot({ seat: own, address: config.address, config });
      return slot && layered.explain(config, slot);
    },

    async get<T>(ref: Ref<T>, options?: ReadOptions) {
      const place = placeIn(own, global, ref);
      const { memory } = place.seat;
      const slot = memory?.slots.get(place.address);
      // The same answer as below, at less cost.
      if (memory && slot !== undefined && options === undefined && memory.live && slot.isFresh(now)) {
        memory.touched = true;
        slot.visit();
        const made = slot.inherited === undefined ? slot : layered.fresh(slot);
        if (made !== undefined) {
          counters.hits++;
          return made.value as T | undefined;
        }
      }
      if (isLayeredPlace(place)) return (await layeredReads.read<T>(place, options)).value;
      const [value] = await readPlain([place], parts, each => each.valueAt(now), options);
      return value as T | undefined;
    },

    async getMany<R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions) {
      const places = placesIn(own, global, refs);
      if (places.some(isLayeredPlace)) return (await layeredReads.readMany(places, options)) as ValuesOf<R>;
      return (await readPlain(places, parts, slot => slot.valueAt(now), options)) as ValuesOf<R>;
    },

    async entry<T>(ref: Ref<T>, options?: ReadOptions) {
      const place = placeIn(own, global, ref);
      if (isLayeredPlace(place)) return layeredReads.read<T>(place, options);
      const answer: Answer<Entry<T>> = (slot, origin) => entryOf(slot, origin, times);
      const [entry] = await readPlain([place], parts, answer, options);
      return entry as Entry<T>;
    },

    watch<T>(ref: Ref<T>) {
      return watchValue<T>(placeIn(own, global, ref), parts).pipe(takeUntil(closed$));
    },

    watchEntry<T>(ref: Ref<T>) {
      return watchEntry<T>(placeIn(own, global, ref), parts).pipe(takeUntil(closed$));
    },
  };
  const views = new LazyViews(() => createTenantViews(own, global, reads.watch, parts));
  return Object.assign(views, reads);
}

/** Checks no more than it must: `peek` is a few nanoseconds. */
function seatOf(own: TenantSeat, global: TenantSeat, ref: Ref<unknown>): TenantSeat {
  const definition = ref?.definition;
  if (!definition) throw noRef(ref);
  return definition.tenant === undefined ? global : own;
}

function placesIn(own: TenantSeat, global: TenantSeat, refs: readonly Ref<unknown>[]): readonly Place[] {
  if (!Array.isArray(refs)) refuseOption('refs', 'a list of refs', refs);
  return refs.map(ref => placeIn(own, global, ref));
}

/** Not `async`: an answer from memory would cost more turns of the event loop. */
function readPlain<T>(
  places: readonly Place[],
  parts: TenantClientParts,
  answer: Answer<T>,
  options: ReadOptions | undefined,
): Promise<T[]> {
  checkReadOptions(options);
  const tokens = options?.atLeast === undefined ? undefined : tokensOf(parts, options);
  if (!tokens) return readPlaces(places, parts, answer, options);
  const seats = places.map(({ seat }) => seat);
  tokens.expectAllOf(seats);
  return tokens.hear(seats).then(() => readPlaces(places, parts, answer, options));
}

type WatchParts = Pick<TenantClientParts, 'times' | 'layered'>;

function watchValue<T>(place: Place, { times: { now }, layered }: WatchParts): Observable<T | undefined> {
  return isLayeredPlace(place)
    ? watchLayers(layered, place, VALUES as LayeredLook<T | undefined>)
    : watchSlot(place, now, slot => lookAtValue<T>(slot, now));
}

function watchEntry<T>(place: Place, { times, layered }: WatchParts): Observable<Entry<T>> {
  return isLayeredPlace(place)
    ? watchLayers(layered, place, layered.entries<T>())
    : watchSlot(place, times.now, slot => lookAtEntry<T>(slot, times), true);
}

/** One object for all: equal values are the same one. */
const VALUES: LayeredLook<unknown> = {
  of: (own, made) => (made ? made.value : own.fallback),
  isSame: isSameValue,
  tellsStale: false,
};

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

/** A slot that can be shown. It counts as read. */
function knownSlot({ seat, address, config }: Place): Slot | undefined {
  const slot = seat.slotAt(address, config);
  if (seat.memory) seat.memory.touched = true;
  if (slot === undefined || slot.state === 'unknown') return undefined;
  slot.visit();
  return slot;
}

function checkConfig(config: unknown): void {
  if (typeof config === 'object' && config !== null && isConfig(config as AnyConfig)) return;
  throw new TenantryError(
    'INVALID_KEY',
    `Only a config can be explained, made by \`defineConfig\`, got ${describeArrived(config)}.`,
  );
}
