import { isDeepStrictEqual } from 'node:util';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import {
  type ChainFault,
  defineShared,
  earlier,
  effectiveValue,
  isCopied,
  parseConfigValue,
  scopeOf,
} from '@tenantry/protocol/internal';
import type { Entry } from '../memory/entry.ts';
import type { KeptValue } from '../memory/inherited-values.ts';
import type { Slot } from '../memory/slot.ts';
import type { Layers, ScopeParts } from './look-up-layers.ts';

/**
 * The value that a tenant's scopes make of one config, with everything that it was made of. The tenant's own slot keeps it, so `peek` need only
 * see whether a part has changed since. A part that left memory has another revision, too.
 */
export class LayeredValue implements KeptValue {
  readonly value: unknown = undefined;
  readonly layers: Layers;
  /** The scopes that have a value, the nearest first. */
  readonly setters: readonly Slot[];
  /** Why the value is the last good one. */
  readonly trouble: TenantryError | undefined;
  /** When the first of its parts ends, ms since 1970; 0 never. */
  readonly endsAt: number;
  /** What the scopes said when the value was made, the nearest first, as it is stored. */
  readonly from: readonly unknown[];
  readonly isRefused: boolean;
  readonly #config: AnyConfig;
  /** The entry that readers share as long as every part is fresh, once one was asked for. */
  entry: Entry<unknown> | undefined = undefined;
  /** False: each reader gets a copy of the value. */
  readonly isShared: boolean;
  readonly #revisions: readonly number[];
  readonly #expiries: readonly number[];

  constructor(config: AnyConfig, layers: Layers, setters: readonly Slot[], made: Made) {
    const { value } = made;
    this.#config = config;
    this.layers = layers;
    this.setters = setters;
    this.trouble = made.trouble;
    this.from = made.from;
    this.isRefused = made.isRefused;
    this.endsAt = setters.reduce((endsAt, { expiresAt }) => earlier(endsAt, expiresAt), 0);
    this.#revisions = layers.known.map(({ revision }) => revision);
    this.#expiries = layers.known.map(({ expiresAt }) => expiresAt);
    this.isShared = !isCopied(value);
    if (this.isShared) this.value = value;
    else defineShared(this, 'value', value);
  }

  get isLastGood(): boolean {
    const isChanged = this.layers.known.some(({ revision }, i) => revision !== this.#revisions[i]);
    return this.from.length > 0 && (this.isRefused || isChanged);
  }

  stored(): unknown {
    return mergedOf(this.#config, this.from);
  }

  /** Nothing has changed since. Its parts count as read, for the memory of each scope is kept as long as it is read. */
  isCurrent(now: () => number): boolean {
    const { known } = this.layers;
    for (let i = 0; i < known.length; i++) {
      const slot = known[i] as Slot;
      if (slot.revision !== this.#revisions[i] || slot.expiresAt !== this.#expiries[i]) return false;
      slot.visited = true;
      slot.home.touched = true;
    }
    return this.endsAt === 0 || this.endsAt > now();
  }

  /** Redis may have another value of one of its parts, or has one that cannot be used. */
  isStale(now: () => number): boolean {
    return this.trouble !== undefined || this.layers.known.some(slot => slot.isStale(now));
  }
}

/** What comes of some scopes. */
interface Made extends Pick<LayeredValue, 'value' | 'from' | 'trouble' | 'isRefused'> {}

/**
 * Makes the value anew. One that is equal to the value before is that very object: nobody need be told of it. Where the groups lead to
 * themselves, or the schema refuses what comes of the scopes, the last good value stays, and the trouble is reported.
 */
export function makeLayered(
  { now, report }: ScopeParts,
  config: AnyConfig,
  layers: Layers,
  before: LayeredValue | undefined,
  saved: unknown,
): LayeredValue {
  const setters = layers.slots.filter(slot => slot?.isPresent(now)) as Slot[];
  let trouble = layers.fault && chainTrouble(config, layers.fault);
  let isRefused = false;
  let made: Pick<Made, 'value' | 'from'>;
  try {
    made = madeOf(config, layers, setters, now);
  } catch (error) {
    trouble = error as TenantryError;
    isRefused = true;
    made = before ?? madeOfSaved(config, saved) ?? { value: config.default, from: [] };
  }
  if (trouble && trouble.message !== before?.trouble?.message) report(trouble);
  const { from } = made;
  const value = before && isDeepStrictEqual(before.value, made.value) ? before.value : made.value;
  return new LayeredValue(config, layers, setters, { value, from, trouble, isRefused });
}

/** Equal values are one object, but for those of which every reader gets a copy. */
export function isSameValue(one: unknown, other: unknown): boolean {
  return one === other || (isCopied(one) && isDeepStrictEqual(one, other));
}

function madeOf(
  config: AnyConfig,
  { chain, slots }: Layers,
  setters: readonly Slot[],
  now: () => number,
): Pick<Made, 'value' | 'from'> {
  const [nearest] = setters;
  if (!nearest) return { value: config.default, from: [] };
  const from = (config.inherit === 'merge' ? setters : [nearest]).map(({ value }) => value);
  const made = nearest.inherited?.made;
  if (made?.config === config && isSame(made.from, from)) return made;
  const stored = effectiveValue(
    config,
    chain.map((tenant, i) => ({
      scope: scopeOf(tenant),
      value: slots[i]?.isPresent(now) ? slots[i].value : undefined,
    })),
  );
  // A schema may add missing defaults to the value, so it gets an object of its own.
  const value = parseConfigValue(config, structuredClone(stored));
  if (nearest.inherited) nearest.inherited.made = { config, from, value };
  return { value, from };
}

/** What the process before kept. The schema may be another one since. */
function madeOfSaved(config: AnyConfig, saved: unknown): Pick<Made, 'value' | 'from'> | undefined {
  if (saved === undefined) return undefined;
  try {
    return { value: parseConfigValue(config, structuredClone(mergedOf(config, [saved]))), from: [saved] };
  } catch {
    return undefined;
  }
}

/** Of which scope each is does not matter to the value. */
function mergedOf(config: AnyConfig, from: readonly unknown[]): unknown {
  return effectiveValue(
    config,
    from.map(value => ({ scope: 'global', value })),
  );
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, i) => item === other[i]);
}

function chainTrouble({ name }: AnyConfig, { kind, path }: ChainFault): TenantryError {
  const way = path.join(' → ');
  return new TenantryError(
    kind === 'cycle' ? 'GROUP_CYCLE' : 'GROUPS_TOO_DEEP',
    `"${name}": the groups of the tenant ${kind === 'cycle' ? 'lead to themselves' : 'are too many above each other'}, ${way}. The last good ones are used until that is mended.`,
    { details: { groups: path } },
  );
}
