import { type AnyConfig, type ConfigDefinition, type Ref, type Tenant, TenantryError } from '@tenantry/protocol';
import { describeArrived, isConfig } from '@tenantry/protocol/internal';
import { type Observable, takeUntil } from 'rxjs';
import { type Entry, type EntryTimes, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { isSameValue } from '../scopes/layered-value.ts';
import { isLayered, LayeredConfigs, type LayeredLook, type LayeredParts } from './layered-configs.ts';
import type { Place } from './read-entries.ts';
import type { ReadOptions, TenantClient, ValuesOf } from './tenant-client.ts';
import type { TenantSeat } from './tenant-seat.ts';
import { watchLayers } from './watch-layers.ts';
import { type Look, watchSlot } from './watch-slot.ts';

/** The parts of a tenant's client. */
export interface TenantClientParts {
  readonly tenant: Tenant;
  readonly own: TenantSeat;
  readonly global: TenantSeat;
  readonly layered: LayeredParts;
  readonly times: EntryTimes;
  readonly closed$: Observable<unknown>;
}

export function createTenantClient({ tenant, own, global, layered, times, closed$ }: TenantClientParts): TenantClient {
  const { now } = times;
  const configs = new LayeredConfigs(tenant, layered, times);
  const seatOf = (ref: Ref<unknown>) => (ref.definition.tenant === undefined ? global : own);
  const placeOf = (ref: Ref<unknown>): Place => {
    checkRef(ref);
    return placeIn(seatOf(ref), ref);
  };

  return {
    peek<T>(ref: Ref<T>) {
      const { memory } = ref.definition.tenant === undefined ? global : own;
      if (memory === undefined) return undefined;
      memory.touched = true;
      const slot = memory.slots.get(ref.address);
      if (slot === undefined) return undefined;
      slot.visit();
      if (slot.isLayered) return configs.peek(slot) as T | undefined;
      return slot.expiresAt === 0 || slot.expiresAt > now() ? (slot.value as T) : (slot.fallback as T);
    },

    peekEntry(ref) {
      const slot = knownSlot(seatOf(ref), ref.address);
      if (slot === undefined || (slot.isExpired(now) && !slot.hasEnded(now))) return undefined;
      return slot.isLayered ? configs.peekEntry(slot) : entryOf(slot, 'memory', times);
    },

    explain<T>(config: ConfigDefinition<T, unknown>) {
      checkConfig(config);
      const slot = knownSlot(own, config.address);
      return slot && configs.explain(config, slot);
    },

    async get<T>(ref: Ref<T>, options?: ReadOptions) {
      const place = placeOf(ref);
      const { memory } = place.seat;
      const slot = memory?.slots.get(place.address);
      // The same answer as below, at less cost.
      if (memory && slot !== undefined && options === undefined && memory.live && slot.isFresh(now)) {
        memory.touched = true;
        slot.visit();
        if (!slot.isLayered) return slot.value as T | undefined;
        const made = configs.fresh(slot);
        if (made) return made.value as T | undefined;
      }
      return (await configs.entry<T>(place, options)).value;
    },

    async getMany<R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions) {
      return (await configs.readMany(refs.map(placeOf), options)) as ValuesOf<R>;
    },

    async entry<T>(ref: Ref<T>, options?: ReadOptions) {
      return configs.entry<T>(placeOf(ref), options);
    },

    watch<T>(ref: Ref<T>) {
      const place = placeOf(ref);
      const values$ = isLayered(place.config)
        ? watchLayers(configs, place.config, VALUES as LayeredLook<T | undefined>)
        : watchSlot(place, now, slot => lookAtValue<T>(slot, now));
      return values$.pipe(takeUntil(closed$));
    },

    watchEntry<T>(ref: Ref<T>) {
      const place = placeOf(ref);
      const entries$ = isLayered(place.config)
        ? watchLayers(configs, place.config, configs.entries<T>())
        : watchSlot(place, now, slot => lookAtEntry<T>(slot, times), true);
      return entries$.pipe(takeUntil(closed$));
    },
  };
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
  return { signature: `${signature} ${entry.stale} ${slot.ended}`, value: entry };
}

function placeIn(seat: TenantSeat, { definition, address }: Ref<unknown>): Place {
  return { seat, address, config: isConfig(definition) ? definition : undefined };
}

/** A slot that can be shown. It counts as read. */
function knownSlot({ memory }: TenantSeat, address: string): Slot | undefined {
  if (memory === undefined) return undefined;
  memory.touched = true;
  const slot = memory.slots.get(address);
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

function checkRef(ref: Ref<unknown>): void {
  if (typeof ref?.address === 'string' && typeof ref.definition === 'object' && ref.definition !== null) return;
  throw new TenantryError('INVALID_KEY', `A ref is made by a definition's \`by\`, got ${describeArrived(ref)}.`);
}
