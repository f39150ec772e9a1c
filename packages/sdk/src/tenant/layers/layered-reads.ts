import { type AnyConfig, type Tenant, TenantryError } from '@tenantry/protocol';
import type { Entry } from '../../memory/entry.ts';
import type { Slot } from '../../memory/slot.ts';
import type { Layers } from '../../scopes/look-up-layers.ts';
import { type AwaitedTokens, type ReadTokensParts, tokensOf } from '../../visibility/hear-tokens.ts';
import type { Place } from '../place.ts';
import { checkReadOptions, type ReadPlacesParts, readPlaces } from '../read-places.ts';
import type { ReadOptions } from '../tenant-client.ts';
import { type HeldScopes, holdingScopes } from './held-scopes.ts';
import { isLayeredPlace, keptOf, type LayeredConfigs, type LayeredPlace, staleEntry } from './layered-configs.ts';

/** What reads of inherited configs work with. */
export interface LayeredReadsParts extends ReadPlacesParts, ReadTokensParts {}

/** One call: its options, and what came of it so far. */
interface Call {
  readonly options: ReadOptions | undefined;
  readonly tokens: AwaitedTokens | undefined;
  /** Everything that decides the value, until it is made. */
  readonly held: HeldScopes;
  /** Redis was asked for something. */
  wasAsked: boolean;
}

/**
 * Reads inherited configs. Which scopes decide a value is itself read, so a first read may take several steps. With read tokens, each is waited
 * for before the scope that it is of is read; and as for every strict read, nothing but what Redis has is an answer.
 */
export class LayeredReads {
  readonly #configs: LayeredConfigs;
  readonly #parts: LayeredReadsParts;

  constructor(configs: LayeredConfigs, parts: LayeredReadsParts) {
    this.#configs = configs;
    this.#parts = parts;
  }

  /** Reads all that decides the value, from memory where it may, and gives the entry. It counts as one value. */
  async read<T>(place: LayeredPlace, options?: ReadOptions): Promise<Entry<T>> {
    checkReadOptions(options);
    const tokens = tokensOf(this.#parts, options);
    const entry = await holdingScopes(held => this.#counted<T>(place, { options, tokens, held, wasAsked: false }));
    tokens?.expectAllHeard();
    return entry;
  }

  /** The values of several places, inherited or not. */
  async readMany(places: readonly Place[], options?: ReadOptions): Promise<unknown[]> {
    checkReadOptions(options);
    const tokens = tokensOf(this.#parts, options);
    const others = places.filter(place => !isLayeredPlace(place)).map(({ seat }) => seat);
    const isCounted = (place: Place) => !isLayeredPlace(place);
    const answer = (slot: Slot) => this.#valueAt(slot, isStrict(options));
    return holdingScopes(async held => {
      // First what other scopes decide, so that all of it is in memory when the rest is there.
      const inherited = places
        .filter(isLayeredPlace)
        .map(place => this.#counted(place, { options, tokens, held, wasAsked: false }));
      await Promise.all([tokens?.hear(others), ...inherited]);
      tokens?.expectAllHeard();
      return readPlaces(places, { ...this.#parts, isCounted }, answer, options);
    });
  }

  /** Brings all that decides the value into memory. Rejects where Redis does not say. Counts as no value. */
  async bring(place: LayeredPlace, signal: AbortSignal | undefined): Promise<void> {
    await holdingScopes(held => this.#read(place, strictCall(held, signal)));
  }

  /** The scopes of a tenant, the nearest first, by its groups. Rejects where Redis does not say which these are. */
  async scopesOf(tenant: Tenant, signal: AbortSignal | undefined): Promise<readonly Tenant[]> {
    const { groups } = this.#configs.parts;
    const layers = await holdingScopes(held => this.#layersOf(tenant, groups, strictCall(held, signal)));
    return layers?.chain ?? refuseUnread(groups);
  }

  async #counted<T>(place: LayeredPlace, call: Call): Promise<Entry<T>> {
    const { counters } = this.#parts;
    try {
      return await this.#read<T>(place, call);
    } finally {
      if (call.wasAsked) counters.misses++;
      else counters.hits++;
    }
  }

  async #read<T>(place: LayeredPlace, call: Call): Promise<Entry<T>> {
    const { config, seat } = place;
    let layers: Layers | undefined;
    try {
      layers = await this.#layersOf(seat.tenant, config, call);
    } catch (error) {
      return this.#lastGood<T>(place, error, call.options);
    }
    const [own] = layers?.slots ?? [];
    if (!layers || !own) return isStrict(call.options) ? refuseUnread(config) : unread(config);
    const made = this.#configs.known(own) ?? this.#configs.make(own, layers);
    const isOfUse = made.value !== undefined || made.setters.length === 0;
    if (made.trouble && (isStrict(call.options) || !isOfUse)) throw made.trouble;
    return this.#configs.entryOf(own, made, call.wasAsked ? 'redis' : 'memory');
  }

  /** Reads until memory knows everything that decides the value. Undefined: Redis did not say. */
  async #layersOf(tenant: Tenant, config: AnyConfig, call: Call): Promise<Layers | undefined> {
    const { options, tokens, held } = call;
    let layers = this.#configs.lookUp(tenant, config);
    for (let before = -1; ; ) {
      const places = layers.places.map(place => this.#configs.placeOf(place));
      for (const place of places) held.hold(place);
      const counters = { hits: 0, misses: 0 };
      try {
        if (tokens) await tokens.hear(places.map(({ seat }) => seat));
        await readPlaces(places, { times: this.#parts.times, counters }, () => undefined, options);
      } finally {
        call.wasAsked ||= counters.misses > 0;
      }
      const next = this.#configs.lookUp(tenant, config);
      const isWhole = next.missing.length === 0;
      // A scope that has come in meanwhile may be known of old.
      if (isWhole && (!isStrict(options) || isWithin(next, layers))) return next;
      // More places only where groups were found that lead further.
      if (!isWhole && next.places.length === before) return undefined;
      before = next.places.length;
      layers = next;
    }
  }

  #valueAt(slot: Slot, strictly: boolean): unknown {
    if (!slot.inherited) return slot.valueAt(this.#parts.times.now);
    const made = this.#configs.known(slot);
    if (strictly && (!made || made.trouble)) throw made?.trouble ?? unavailable(slot.config as AnyConfig);
    // Redis did not say what its scopes have: the default is what `get` gives then.
    return made ? made.value : slot.fallback;
  }

  /** A part cannot be read, perhaps because nobody may read that group: the value before is better than an error. */
  #lastGood<T>({ seat, address }: Place, error: unknown, options: ReadOptions | undefined): Entry<T> {
    const own = seat.memory?.slots.get(address);
    const kept = own && keptOf(own);
    const isClosed = error instanceof TenantryError && error.code === 'CLOSED';
    if (!own || !kept || isClosed || isStrict(options) || options?.signal?.aborted) throw error;
    return { ...this.#configs.entryOf<T>(own, kept, 'memory'), stale: true };
  }
}

/** Nothing but what Redis has is an answer. */
function isStrict(options: ReadOptions | undefined): boolean {
  return options?.atLeast !== undefined;
}

function strictCall(held: HeldScopes, signal: AbortSignal | undefined): Call {
  return { options: { signal, atLeast: [] }, tokens: undefined, held, wasAsked: false };
}

function isWithin({ places }: Layers, read: Layers): boolean {
  return places.every(({ tenant, config }) =>
    read.places.some(each => each.tenant === tenant && each.config === config),
  );
}

/** Redis did not say what the scopes have. A default is better than an error. */
function unread<T>(config: AnyConfig): Entry<T> {
  return config.default === undefined ? refuseUnread(config) : staleEntry(config.default);
}

function refuseUnread(config: AnyConfig): never {
  throw unavailable(config);
}

function unavailable({ name }: AnyConfig): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    `"${name}" could not be read in all scopes that it is inherited from. Try again later.`,
  );
}
