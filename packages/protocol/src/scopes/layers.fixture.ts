import type { Scope } from '../wire/scope.ts';
import type { Inheriting, Layer } from './resolve-layers.ts';

const SCOPES: readonly Scope[] = ['tenants/acme', 'groups/vip', 'groups/eu', 'global'];

export const config = (inherit: Inheriting['inherit'], more: Partial<Inheriting> = {}): Inheriting => ({
  inherit,
  mergeListsBy: {},
  defaultJson: undefined,
  ...more,
});

/** The nearest first; undefined: never set there. */
export const layersOf = (...values: unknown[]): Layer[] =>
  values.map((value, i) => ({
    scope: SCOPES[i] as Scope,
    version: value === undefined ? undefined : 1,
    value,
  }));
