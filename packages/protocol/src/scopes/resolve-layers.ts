import type { AnyConfig } from '../definitions/config-definition.ts';
import type { Scope } from '../wire/scope.ts';
import { deepFreeze } from '../wire/share.ts';
import { type Candidate, mergeValues, type Origin } from './merge-values.ts';

/** What one scope says of a config. */
export interface Layer {
  readonly scope: Scope;
  /** Undefined: it never was set there, as far as is known. */
  readonly version: number | undefined;
  /** As it is stored; undefined: nothing is set there. */
  readonly value: unknown;
}

/** What a layer does, by `kind`: `set` and `null` give a value, `unset` had one, `inherited` never had, `default` is that of the definition. */
export interface ResolvedLayer {
  readonly scope: Scope | 'default';
  readonly version: number | undefined;
  /** As it is stored; undefined where there is none. */
  readonly value: unknown;
  readonly kind: 'set' | 'null' | 'unset' | 'inherited' | 'default';
}

/** A config's value at one scope, and how it came about. Read-only in depth, the values of the layers too. */
export interface Resolution {
  /** The effective value as it would be stored: the schema has not seen it. Undefined: nothing is set, and there is no default. */
  readonly value: unknown;
  /** The nearest first, and the default last. */
  readonly layers: readonly ResolvedLayer[];
  /** Where each part of the value comes from. A value that is taken as a whole is one part, whose path is ''. */
  readonly fields: readonly Origin<Scope | 'default'>[];
}

/** What the resolution needs to know of a config. */
export type Inheriting = Pick<AnyConfig, 'inherit' | 'mergeListsBy' | 'defaultJson'>;

/**
 * The effective value of a config, from what the scopes of a tenant say of it, the nearest first. `inherit` decides: `none` takes the first
 * layer alone, `replace` the nearest one that has a value, `merge` merges all of them, over the default.
 */
export function resolveLayers(config: Inheriting, layers: readonly Layer[]): Resolution {
  const fields: Origin<Scope | 'default'>[] = [];
  const value = effective(config, candidatesOf(config, layers), origin => fields.push(origin));
  const resolved = withDefault(config, applying(config, layers).map(toResolved));
  return deepFreeze({ value, layers: resolved, fields });
}

/** The same value alone, sooner: nobody asks where its parts come from. */
export function effectiveValue(config: Inheriting, layers: readonly Pick<Layer, 'scope' | 'value'>[]): unknown {
  return effective(config, candidatesOf(config, layers));
}

function effective(
  { inherit, mergeListsBy }: Inheriting,
  candidates: readonly Candidate<Scope | 'default'>[],
  origins?: (origin: Origin<Scope | 'default'>) => void,
): unknown {
  if (inherit === 'merge') return mergeValues(candidates, mergeListsBy, origins);
  const [nearest] = candidates;
  if (nearest) origins?.({ path: '', scope: nearest.scope });
  return nearest?.value;
}

/** All that have a value, the nearest first, and the default. */
function candidatesOf(
  config: Inheriting,
  layers: readonly Pick<Layer, 'scope' | 'value'>[],
): readonly Candidate<Scope | 'default'>[] {
  const candidates: Candidate<Scope | 'default'>[] = applying(config, layers).filter(
    ({ value }) => value !== undefined,
  );
  const { defaultJson } = config;
  return defaultJson === undefined ? candidates : [...candidates, { scope: 'default', value: JSON.parse(defaultJson) }];
}

function applying<L>({ inherit }: Inheriting, layers: readonly L[]): readonly L[] {
  return inherit === 'none' ? layers.slice(0, 1) : layers;
}

function toResolved({ scope, version, value }: Layer): ResolvedLayer {
  return { scope, version, value, kind: kindOf(version, value) };
}

function kindOf(version: number | undefined, value: unknown): ResolvedLayer['kind'] {
  if (value === null) return 'null';
  if (value !== undefined) return 'set';
  return version === undefined ? 'inherited' : 'unset';
}

function withDefault({ defaultJson }: Inheriting, layers: readonly ResolvedLayer[]): readonly ResolvedLayer[] {
  if (defaultJson === undefined) return layers;
  return [...layers, { scope: 'default', version: undefined, value: JSON.parse(defaultJson), kind: 'default' }];
}
