import type { AnyConfig, ConfigDefinition, Tenant } from '@tenantry/protocol';
import { isCopied, scopeOf } from '@tenantry/protocol/internal';
import type { Entry, EntryTimes } from '../../memory/entry.ts';
import type { Slot } from '../../memory/slot.ts';
import { type Explanation, explanationOf, layerOf } from '../../scopes/explain.ts';
import { isSameValue, type LayeredValue, makeLayered } from '../../scopes/layered-value.ts';
import { type Layers, lookUpLayers, type ScopeParts, type ScopePlace } from '../../scopes/look-up-layers.ts';
import type { Place } from '../place.ts';
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
 * scope say, which are values of other tenants to memory.
 */
export class LayeredConfigs {
  readonly parts: LayeredParts;
  readonly #times: EntryTimes;
  /** One that is asked for again and again is made once. It goes with the value that it explains. */
  readonly #explained = new WeakMap<LayeredValue, Explained>();

  constructor(parts: LayeredParts, times: EntryTimes) {
    this.parts = parts;
    this.#times = times;
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
    return known && this.#isFresh(known) ? known : undefined;
  }

  #isFresh({ trouble, layers: { known } }: LayeredValue): boolean {
    const { now } = this.#times;
    return trouble === undefined && known.every(slot => slot.home.continuity.live && slot.isFresh(now));
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
    const { inherited } = own;
    const made = makeLayered(this.parts, own.config as AnyConfig, layers, keptOf(own), inherited?.saved);
    if (inherited) inherited.kept = made;
    if (inherited) inherited.saved = undefined;
    return made;
  }

  /** As `known`, with version and age. The same object as long as nothing of it changes, and nothing that decides it. */
  peekEntry<T>(own: Slot): Entry<T> | undefined {
    const made = this.known(own);
    if (!made) return undefined;
    const isLasting = made.isShared && !own.news.ended && this.#isFresh(made);
    if (isLasting && made.entry) return made.entry as Entry<T>;
    const entry = this.entryOf<T>(own, made, 'memory');
    // What a snapshot file or `bootstrap` gave is confirmed without a change.
    if (isLasting && (entry.origin === 'memory' || entry.origin === 'default')) made.entry = Object.freeze(entry);
    return entry;
  }

  /** Where the value of any config comes from; undefined where memory does not know all that decides it. */
  explain<T>(config: ConfigDefinition<T, unknown>, own: Slot): Explanation<T> | undefined {
    const { now } = this.#times;
    const scope = (tenant: Tenant, slot: Slot) => layerOf(scopeOf(tenant), slot, now);
    if (!own.inherited) return explanationOf(config, own.valueAt(now) as T | undefined, [scope(own.home.tenant, own)]);
    const known = this.known(own);
    if (!known) return undefined;
    const { chain } = known.layers;
    // Memory knows all of them.
    const slots = known.layers.slots as readonly Slot[];
    const before = this.#explained.get(known);
    if (before && before.config === config && slots.every((slot, i) => slot.former === before.formers[i]))
      return before.explanation as Explanation<T>;
    const value = known.value as T | undefined;
    const layers = chain.map((tenant, i) => scope(tenant, slots[i] as Slot));
    const explanation = explanationOf(config, value, layers);
    // Of a value that every reader gets a copy of, so does each who asks for an explanation.
    if (!isCopied(value))
      this.#explained.set(known, { config, formers: slots.map(({ former }) => former), explanation });
    return explanation;
  }

  placeOf({ tenant, config }: ScopePlace): Place {
    return { seat: this.parts.seatOf(tenant), address: config.address, config };
  }

  entryOf<T>(own: Slot, made: LayeredValue, origin: 'memory' | 'redis'): Entry<T> {
    const { now, clock } = this.#times;
    const { setters, layers } = made;
    const lostAt = layers.known.flatMap(({ home: { continuity } }) => (continuity.live ? [] : continuity.lostAt));
    const shelved = setters.map(slot => slot.home.shelf?.shownIn(slot));
    return {
      value: made.value as T | undefined,
      version: shelved[0] ? shelved[0].version : setters[0]?.shown.version,
      updatedAt: setters.length > 0 ? Math.max(...setters.map(({ shown }) => shown.updatedAt)) : undefined,
      origin:
        shelved.find(from => from !== undefined)?.origin ??
        (setters.length > 0 || own.fallback === undefined ? origin : 'default'),
      stale: made.isStale(now),
      ...(lostAt.length > 0 ? { age: Math.max(0, clock() - Math.min(...lostAt)) } : undefined),
      ...(own.news.ended ? { ended: 'deregistered' } : undefined),
    };
  }
}

/** An explanation, and what it was made of beside the value. */
interface Explained {
  readonly config: AnyConfig;
  readonly formers: readonly Slot['former'][];
  readonly explanation: Explanation<unknown>;
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
export function keptOf({ inherited }: Slot): LayeredValue | undefined {
  return inherited?.kept as LayeredValue | undefined;
}

/** A default that nobody could confirm. */
export function staleEntry<T>(value: unknown): Entry<T> {
  return { value: value as T | undefined, version: undefined, updatedAt: undefined, origin: 'default', stale: true };
}
