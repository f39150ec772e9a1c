import type { AnyConfig, Origin, ResolvedLayer, Scope } from '@tenantry/protocol';
import { type Layer, maskValue, resolveLayers } from '@tenantry/protocol/internal';
import type { Slot } from '../memory/slot.ts';

/** Where a config's value comes from. Of a secret every text, number, boolean and null is masked; names and scopes are not. */
export interface Explanation<T> {
  /** As `get` gives it; undefined: nothing is set, and there is no default. */
  readonly value: T | undefined;
  /**
   * What each scope says, the nearest first, and the default last. An inherited config's layers are shown as they are stored, others as
   * readers get them. `unset` is told from `inherited` as far as this reader knows.
   */
  readonly layers: readonly ResolvedLayer[];
  /** Which scope each part of the value comes from, by its JSON Pointer; '' is the whole. */
  readonly fields: readonly Origin<Scope | 'default'>[];
}

/** What a slot says of its scope. */
export function layerOf(scope: Scope, slot: Slot, now: () => number): Layer {
  if (slot.isPresent(now)) return { scope, version: slot.shown.version, value: slot.value };
  // Forbidden are the versions up to the one before it left.
  const { owner, version } = slot.former;
  return { scope, version: owner === '' ? undefined : version + 1, value: undefined };
}

/** Explains a value by its layers. */
export function explanationOf<T>(config: AnyConfig, value: T | undefined, layers: readonly Layer[]): Explanation<T> {
  const resolution = resolveLayers(config, layers);
  if (!config.secret) return Object.freeze({ value, layers: resolution.layers, fields: resolution.fields });
  return Object.freeze({
    value: maskValue(value) as T | undefined,
    layers: Object.freeze(resolution.layers.map(layer => Object.freeze({ ...layer, value: maskValue(layer.value) }))),
    fields: resolution.fields,
  });
}
