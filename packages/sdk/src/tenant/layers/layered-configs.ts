import { type AnyConfig, type ConfigDefinition, type Tenant, TenantryError } from '@tenantry/protocol';
import { scopeOf } from '@tenantry/protocol/internal';
import type { Entry, EntryTimes } from '../../memory/entry.ts';
import type { Slot } from '../../memory/slot.ts';
import { type Explanation, explanationOf, layerOf } from '../../scopes/explain.ts';
import { isSameValue, type LayeredValue, makeLayered } from '../../scopes/layered-value.ts';
import { type Layers, lookUpLayers, type ScopeParts, type ScopePlace } from '../../scopes/look-up-layers.ts';
import type { Place } from '../place.ts';
import { type ReadPlacesParts, readPlaces } from '../read-places.ts';
import type { ReadOptions } from '../tenant-client.ts';
import type { TenantSeat } from '../tenant-seat.ts';

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
 * The inherited configs of all tenants of a client: each value is made of what a tenant's own scope, its groups, the groups of those and the global
 * scope say, which are values of other tenants to memory. Which scopes there are is itself read, so a first read may take several steps.
 */
export class LayeredConfigs {
  readonly parts: LayeredParts;
  readonly #reading: ReadPlacesParts;
  readonly #times: EntryTimes;

  constructor(parts: LayeredParts, reading: ReadPlacesParts) {
    this.parts = parts;
    this.#reading = reading;
    this.#times = reading.times;
  }

  /** The value in memory; undefined where memory does not know all that decides it. */
  peek(own: Slot): unknown {
    return this.known(own)?.value;
  }

  /** As `peek`, with all that the value is made of. */
  known(own: Slot): LayeredValue | undefined {
    const kept = keptOf(own);
    if (kept?.isCurrent(this.#times.now)) return kept;
    const layers = this.lookUp(own.home.tenant, own.config as AnyConfig);
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

  lookUp(tenant: Tenant, config: AnyConfig): Layers {
    return lookUpLayers(this.parts, tenant, config);
  }

  make(own: Slot, layers: Layers): LayeredValue {
    const made = makeLayered(this.parts, own.config as AnyConfig, layers, keptOf(own));
    if (own.inherited) own.inherited.kept = made;
    return made;
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
    if (!own.inherited) return explanationOf(config, own.valueAt(now) as T | undefined, [scope(own.home.tenant, own)]);
    const known = this.known(own);
    if (!known) return undefined;
    const { chain, slots } = known.layers;
    const layers = chain.map((tenant, i) => scope(tenant, slots[i] as Slot));
    return explanationOf(config, known.value as T | undefined, layers);
  }

  placeOf({ tenant, config }: ScopePlace): Place {
    return { seat: this.parts.seatOf(tenant), address: config.address, config };
  }

  /** Reads all that decides the value, from memory where it may, and gives the entry. It counts as one value. */
  async read<T>(place: LayeredPlace, options?: ReadOptions): Promise<Entry<T>> {
    const asked = { wasAsked: false };
    try {
      return await this.#read<T>(place, asked, options);
    } finally {
      if (asked.wasAsked) this.#reading.counters.misses++;
      else this.#reading.counters.hits++;
    }
  }

  async #read<T>(place: LayeredPlace, asked: { wasAsked: boolean }, options?: ReadOptions): Promise<Entry<T>> {
    const { config, seat } = place;
    for (let before = -1; ; ) {
      const layers = this.lookUp(seat.tenant, config);
      const count = { hits: 0, misses: 0 };
      try {
        const places = layers.places.map(each => this.placeOf(each));
        await readPlaces(places, { times: this.#times, counters: count }, () => undefined, options);
      } catch (error) {
        return this.#lastGood<T>(place, error, options);
      } finally {
        asked.wasAsked ||= count.misses > 0;
      }
      const next = this.lookUp(seat.tenant, config);
      const own = next.slots[0];
      if (next.missing.length === 0 && own) {
        const made = this.known(own) ?? this.make(own, next);
        if (made.trouble && made.value === undefined && made.setters.length > 0) throw made.trouble;
        return this.entryOf(own, made, asked.wasAsked ? 'redis' : 'memory');
      }
      // More places only where groups were found that lead further.
      if (next.places.length === before) return this.#unknown(config);
      before = next.places.length;
    }
  }

  /** The values of several places, inherited or not. */
  async readMany(places: readonly Place[], options?: ReadOptions): Promise<unknown[]> {
    // First what other scopes decide, so that all of it is in memory when the rest is there.
    await Promise.all(places.filter(isLayeredPlace).map(place => this.read(place, options)));
    const isCounted = (place: Place) => !isLayeredPlace(place);
    return readPlaces(places, { ...this.#reading, isCounted }, slot => this.#valueAt(slot), options);
  }

  #valueAt(slot: Slot): unknown {
    if (!slot.inherited) return slot.valueAt(this.#times.now);
    const made = this.known(slot);
    // What was read a moment ago has left memory again: the default is what `get` would give without Redis.
    return made ? made.value : slot.fallback;
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
      ...(own.news.ended ? { ended: 'deregistered' } : undefined),
    };
  }

  /** A part cannot be read, perhaps because nobody may read that group: the value before is better than an error. */
  #lastGood<T>({ seat, address }: Place, error: unknown, options?: ReadOptions): Entry<T> {
    const own = seat.memory?.slots.get(address);
    const kept = own && keptOf(own);
    const isClosed = error instanceof TenantryError && error.code === 'CLOSED';
    if (!own || !kept || isClosed || options?.signal?.aborted) throw error;
    return { ...this.entryOf<T>(own, kept, 'memory'), stale: true };
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

/** The place of a config that is inherited. */
export interface LayeredPlace extends Place {
  readonly config: AnyConfig;
}

/** The config has values of several scopes. */
export function isLayeredPlace(place: Place): place is LayeredPlace {
  return place.config !== undefined && place.config.inherit !== 'none';
}

/** The value that was made last, current or not. */
function keptOf({ inherited }: Slot): LayeredValue | undefined {
  return inherited?.kept as LayeredValue | undefined;
}

function staleEntry<T>(value: unknown): Entry<T> {
  return { value: value as T | undefined, version: undefined, updatedAt: undefined, origin: 'default', stale: true };
}
