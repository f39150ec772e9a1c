import { type AnyConfig, type ConfigDefinition, type Tenant, TenantryError } from '@tenantry/protocol';
import { scopeOf } from '@tenantry/protocol/internal';
import type { Entry, EntryTimes } from '../memory/entry.ts';
import type { Slot } from '../memory/slot.ts';
import { type Explanation, explanationOf, layerOf } from '../scopes/explain.ts';
import { isSameValue, type LayeredValue, makeLayered } from '../scopes/layered-value.ts';
import { type Layers, lookUpLayers, type ScopeParts, type ScopePlace } from '../scopes/look-up-layers.ts';
import { type Place, readEntries } from './read-entries.ts';
import type { ReadOptions } from './tenant-client.ts';
import type { TenantSeat } from './tenant-seat.ts';

/** What the layers of all tenants of a client are read with. */
export interface LayeredParts extends ScopeParts {
  seatOf(tenant: Tenant): TenantSeat;
}

/** What a watcher of an inherited config is given, and when. */
export interface LayeredLook<T> {
  /** `made` is undefined where a part of it could not be read. */
  of(own: Slot, made: LayeredValue | undefined): T;
  isSame(one: T, other: T): boolean;
  /** Emits also where a first read failed. */
  readonly tellsStale: boolean;
}

/**
 * The inherited configs of one tenant: each value is made of what its own scope, its groups, the groups of those and the global scope say, which
 * are values of other tenants to memory. Which scopes there are is itself read, so a first read may take several steps.
 */
export class LayeredConfigs {
  readonly parts: LayeredParts;
  readonly #tenant: Tenant;
  readonly #times: EntryTimes;

  constructor(tenant: Tenant, parts: LayeredParts, times: EntryTimes) {
    this.#tenant = tenant;
    this.parts = parts;
    this.#times = times;
  }

  /** The value in memory; undefined where memory does not know all that decides it. */
  peek(own: Slot): unknown {
    const { layered } = own;
    if (layered?.isCurrent(this.#times.now)) return layered.value;
    return this.known(own)?.value;
  }

  /** As `peek`, with all that the value is made of. */
  known(own: Slot): LayeredValue | undefined {
    const { layered } = own as { layered: LayeredValue | undefined };
    if (layered?.isCurrent(this.#times.now)) return layered;
    const config = own.config as AnyConfig;
    const layers = this.lookUp(config);
    return layers.missing.length === 0 ? this.make(own, layers) : undefined;
  }

  /** Whether memory answers at once, and with what. */
  fresh(own: Slot): LayeredValue | undefined {
    const known = this.known(own);
    const { now } = this.#times;
    return known?.trouble === undefined &&
      known?.layers.known.every(slot => slot.home.continuity.live && slot.isFresh(now))
      ? known
      : undefined;
  }

  /** How entries are watched. */
  entries<T>(): LayeredLook<Entry<T>> {
    return {
      of: (own, made) => (made ? this.entryOf(own, made, 'memory') : staleEntry<T>(own.fallback)),
      isSame: (one, other) =>
        isSameValue(one.value, other.value) &&
        one.version === other.version &&
        one.stale === other.stale &&
        one.ended === other.ended,
      tellsStale: true,
    };
  }

  lookUp(config: AnyConfig): Layers {
    return lookUpLayers(this.parts, this.#tenant, config);
  }

  make(own: Slot, layers: Layers): LayeredValue {
    const made = makeLayered(this.parts, own.config as AnyConfig, layers, own.layered as LayeredValue | undefined);
    own.layered = made;
    return made;
  }

  ownPlace(config: AnyConfig): Place {
    return this.placeOf({ tenant: this.#tenant, config });
  }

  /** As `known`, with version and age. */
  peekEntry<T>(own: Slot): Entry<T> | undefined {
    const made = this.known(own);
    return made && this.entryOf(own, made, 'memory');
  }

  /** Where the value of any config comes from; undefined where memory does not know all that decides it. */
  explain<T>(config: ConfigDefinition<T, unknown>, own: Slot): Explanation<T> | undefined {
    const { now } = this.#times;
    const scope = (tenant: Tenant, slot: Slot) => layerOf(scopeOf(tenant), slot, now);
    if (!own.isLayered) return explanationOf(config, own.valueAt(now) as T | undefined, [scope(this.#tenant, own)]);
    const known = this.known(own);
    if (!known) return undefined;
    const { chain, slots } = known.layers;
    const layers = chain.map((tenant, i) => scope(tenant, slots[i] as Slot));
    return explanationOf(config, known.value as T | undefined, layers);
  }

  placeOf({ tenant, config }: ScopePlace): Place {
    return { seat: this.parts.seatOf(tenant), address: config.address, config };
  }

  /** Reads all that decides the value, from memory where it may, and gives the entry. */
  async read<T>(config: AnyConfig, options?: ReadOptions): Promise<Entry<T>> {
    let wasAsked = false;
    for (let before = -1; ; ) {
      const layers = this.lookUp(config);
      try {
        const places = layers.places.map(place => this.placeOf(place));
        const found = await readEntries(places, this.#times, options);
        wasAsked ||= found.some(({ origin }) => origin === 'redis');
      } catch (error) {
        return this.#lastGood<T>(config, error, options);
      }
      const next = this.lookUp(config);
      const own = next.slots[0];
      if (next.missing.length === 0 && own) {
        const made = this.known(own) ?? this.make(own, next);
        if (made.trouble && made.value === undefined && made.setters.length > 0) throw made.trouble;
        return this.entryOf(own, made, wasAsked ? 'redis' : 'memory');
      }
      // More places only where groups were found that lead further.
      if (next.places.length === before) return this.#unknown(config);
      before = next.places.length;
    }
  }

  /** The entry of one place, inherited or not. */
  async entry<T>(place: Place, options?: ReadOptions): Promise<Entry<T>> {
    if (isLayered(place.config)) return this.read(place.config, options);
    const [entry] = await readEntries([place], this.#times, options);
    return entry as Entry<T>;
  }

  /** The values of several places, inherited or not. */
  async readMany(places: readonly Place[], options?: ReadOptions): Promise<unknown[]> {
    const inherited = places.flatMap(({ config }) => (isLayered(config) ? config : []));
    // First what other scopes decide, so that all of it is in memory when the rest is there.
    await Promise.all(inherited.map(config => this.read(config, options)));
    const entries = await readEntries(places, this.#times, options);
    return places.map(({ seat, address, config }, i) => {
      if (!isLayered(config)) return entries[i]?.value;
      const own = seat.memory?.slots.get(address);
      const made = own && this.known(own);
      // What was read a moment ago has left memory again: the default is what `get` would give without Redis.
      return made ? made.value : config.default;
    });
  }

  entryOf<T>(own: Slot, made: LayeredValue, origin: 'memory' | 'redis'): Entry<T> {
    const { now, clock } = this.#times;
    const { setters, layers } = made;
    const lostAt = layers.known.flatMap(({ home: { continuity } }) => (continuity.live ? [] : continuity.lostAt));
    return {
      value: made.value as T | undefined,
      version: setters[0]?.shown.version,
      updatedAt: setters.length > 0 ? Math.max(...setters.map(({ shown }) => shown.updatedAt)) : undefined,
      origin: setters.length > 0 || own.fallback === undefined ? origin : 'default',
      stale: made.isStale(now),
      ...(lostAt.length > 0 ? { age: Math.max(0, clock() - Math.min(...lostAt)) } : undefined),
      ...(own.ended ? { ended: 'deregistered' } : undefined),
    };
  }

  /** A part cannot be read, perhaps because nobody may read that group: the value before is better than an error. */
  #lastGood<T>(config: AnyConfig, error: unknown, options?: ReadOptions): Entry<T> {
    const { seat, address } = this.ownPlace(config);
    const own = seat.memory?.slots.get(address);
    const isClosed = error instanceof TenantryError && error.code === 'CLOSED';
    if (!own?.layered || isClosed || options?.signal?.aborted) throw error;
    return { ...this.entryOf<T>(own, own.layered as LayeredValue, 'memory'), stale: true };
  }

  /** Redis did not say what the scopes have. A default is better than an error. */
  #unknown<T>(config: AnyConfig): Entry<T> {
    if (config.default === undefined)
      throw new TenantryError(
        'UNAVAILABLE',
        `"${config.name}" could not be read in all scopes that it is inherited from. Try again later.`,
      );
    return staleEntry(config.default);
  }
}

/** The config has values of several scopes. */
export function isLayered(config: AnyConfig | undefined): config is AnyConfig {
  return config !== undefined && config.inherit !== 'none';
}

function staleEntry<T>(value: unknown): Entry<T> {
  return { value: value as T | undefined, version: undefined, updatedAt: undefined, origin: 'default', stale: true };
}
