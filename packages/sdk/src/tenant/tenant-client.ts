import { type DefaultedRef, type Ref, TenantryError } from '@tenantry/protocol';
import { describeArrived, isConfig } from '@tenantry/protocol/internal';
import { type Observable, takeUntil } from 'rxjs';
import { type DefaultedEntry, type Entry, type EntryTimes, entryOf } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { type Place, type ReadOptions, readEntries } from './read-entries.ts';
import type { TenantFollower } from './tenant-follower.ts';
import { type Look, watchSlot } from './watch-slot.ts';

/** The values of a list of refs, one for each. */
export type ValuesOf<R extends readonly Ref<unknown>[]> = {
  -readonly [I in keyof R]: R[I] extends DefaultedRef<infer T> ? T : R[I] extends Ref<infer T> ? T | undefined : never;
};

/**
 * Reads and watches the values of one tenant. Values are read-only and shared (bytes and URLs are copies); undefined means that there is none. A ref whose definition
 * has no tenant is read from the global tenant, whichever tenant is asked.
 */
export interface TenantClient {
  /** The value in memory: no promise, no copy, no Redis. Undefined also where memory does not know the ref. */
  peek<T>(ref: Ref<T>): T | undefined;
  /** The value in memory, with its version, age and origin. Undefined where memory does not know the ref. */
  peekEntry<T>(ref: Ref<T>): Entry<T> | undefined;
  /**
   * The value from memory, or from Redis, within `readTimeoutMs`. Rejects with `UNAVAILABLE` or `TIMEOUT` (retryable)
   * where Redis does not answer and memory has nothing, `MALFORMED_ENVELOPE` or `UNKNOWN_FORMAT` where the value cannot
   * be decoded and there was none before, `INVALID_KEY` where the argument is not a ref, `CLOSED`.
   */
  get<T>(ref: DefaultedRef<T>, options?: ReadOptions): Promise<T>;
  get<T>(ref: Ref<T>, options?: ReadOptions): Promise<T | undefined>;
  /** The values of all refs, in their order and as of one moment. Rejects as `get` does, where any of them fails. */
  getMany<const R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions): Promise<ValuesOf<R>>;
  /** As `get`, with the version, age and origin of the value. */
  entry<T>(ref: DefaultedRef<T>, options?: ReadOptions): Promise<DefaultedEntry<T>>;
  entry<T>(ref: Ref<T>, options?: ReadOptions): Promise<Entry<T>>;
  /** The value as soon as it is known, then each change; undefined after a delete. Never errors; completes on `client.close()`, and where a config is deregistered. */
  watch<T>(ref: DefaultedRef<T>): Observable<T>;
  watch<T>(ref: Ref<T>): Observable<T | undefined>;
  /** As `watch`, with the version, age and origin of the value; emits also when it becomes stale or fresh, and, as stale and without a value, where it cannot be read. */
  watchEntry<T>(ref: DefaultedRef<T>): Observable<DefaultedEntry<T>>;
  watchEntry<T>(ref: Ref<T>): Observable<Entry<T>>;
}

/** The parts of a tenant's client. */
export interface TenantClientParts {
  readonly own: TenantFollower;
  readonly global: TenantFollower;
  readonly times: EntryTimes;
  readonly closed$: Observable<unknown>;
}

export function createTenantClient({ own, global, times, closed$ }: TenantClientParts): TenantClient {
  const { now } = times;
  const [ownMemory, globalMemory] = [own.memory, global.memory];
  const followerOf = (ref: Ref<unknown>) => (ref.definition.tenant === undefined ? global : own);
  const placeOf = (ref: Ref<unknown>): Place => {
    checkRef(ref);
    return placeIn(followerOf(ref), ref);
  };

  return {
    peek<T>(ref: Ref<T>) {
      const memory = ref.definition.tenant === undefined ? globalMemory : ownMemory;
      memory.touched = true;
      const slot = memory.slots.get(ref.address);
      if (slot === undefined) return undefined;
      slot.visit();
      return slot.expiresAt === 0 || slot.expiresAt > now() ? (slot.value as T) : (slot.fallback as T);
    },

    peekEntry(ref) {
      const { memory } = followerOf(ref);
      memory.touched = true;
      const slot = memory.slots.get(ref.address);
      if (slot === undefined || slot.state === 'unknown' || (slot.isExpired(now) && !slot.hasEnded(now)))
        return undefined;
      slot.visit();
      return entryOf(slot, 'memory', times);
    },

    async get<T>(ref: Ref<T>, options?: ReadOptions) {
      const place = placeOf(ref);
      const { memory } = place.follower;
      const slot = memory.slots.get(place.address);
      // The same answer as below, at less cost.
      if (slot !== undefined && options === undefined && memory.live && slot.isFresh(now)) {
        memory.touched = true;
        slot.visit();
        return slot.value as T | undefined;
      }
      const [entry] = await readEntries([place], times, options);
      return entry?.value as T | undefined;
    },

    async getMany<R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions) {
      const entries = await readEntries(refs.map(placeOf), times, options);
      return entries.map(({ value }) => value) as ValuesOf<R>;
    },

    async entry<T>(ref: Ref<T>, options?: ReadOptions) {
      return (await readEntries([placeOf(ref)], times, options))[0] as Entry<T>;
    },

    watch<T>(ref: Ref<T>) {
      return watchSlot(placeOf(ref), now, slot => lookAtValue<T>(slot, now)).pipe(takeUntil(closed$));
    },

    watchEntry<T>(ref: Ref<T>) {
      return watchSlot(placeOf(ref), now, slot => lookAtEntry<T>(slot, times), true).pipe(takeUntil(closed$));
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
  return { signature: `${signature} ${entry.stale} ${slot.ended}`, value: entry };
}

function placeIn(follower: TenantFollower, { definition, address }: Ref<unknown>): Place {
  return { follower, address, config: isConfig(definition) ? definition : undefined };
}

function checkRef(ref: Ref<unknown>): void {
  if (typeof ref?.address === 'string' && typeof ref.definition === 'object' && ref.definition !== null) return;
  throw new TenantryError('INVALID_KEY', `A ref is made by a definition's \`by\`, got ${describeArrived(ref)}.`);
}
