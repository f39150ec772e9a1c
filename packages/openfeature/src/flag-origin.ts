import type { Scope } from '@tenantry/protocol';
import type { Entry, Explanation, TenantClient } from '@tenantry/sdk';
import { type Flag, valueAt } from './find-flag.ts';

/** The tenant of an evaluation. */
export interface FlagTenant {
  readonly id: string;
  readonly client: TenantClient;
}

/** Where the value of a flag comes from. */
export interface FlagOrigin {
  /** The scope that has set it, `default` where none has. Undefined where memory does not know any more. */
  readonly scope: Scope | 'default' | undefined;
  /** Of what is set there. */
  readonly version: number | undefined;
  /** What is set for all tenants, or for a group that is farther, is overridden there. */
  readonly isOverride: boolean;
}

const DEFAULT: FlagOrigin = Object.freeze({ scope: 'default', version: undefined, isOverride: false });

/** Finds where the value of an entry comes from, or that part of it which the flag names. */
export function originOf(entry: Entry<unknown>, flag: Flag, { id, client }: FlagTenant): FlagOrigin {
  // What `bootstrap` gave has none.
  const version = entry.version || undefined;
  if (entry.value === undefined || entry.origin === 'default') return DEFAULT;
  if (flag.config.inherit === 'none') return { scope: `tenants/${id}`, version, isOverride: false };
  const explanation = client.explain(flag.config);
  return explanation ? originIn(explanation, flag) : { scope: undefined, version, isOverride: false };
}

function originIn({ layers, fields }: Explanation<unknown>, { config, path }: Flag): FlagOrigin {
  const pointer = path.map(step => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  // One part has the whole of it, or it has several.
  const parts = fields.filter(part => isWithin(pointer, part.path) || isWithin(part.path, pointer));
  const scopes = new Set(parts.map(({ scope }) => scope));
  // A field that is in no layer was made by the schema, from what the nearest scope has.
  const isSource = (layer: Layer) => (scopes.size > 0 ? scopes.has(layer.scope) : hasValue(layer));
  const at = layers.findIndex(isSource);
  const found = layers[at];
  if (found === undefined || found.scope === 'default') return DEFAULT;
  const isSetIn = (layer: Layer) =>
    layer.scope !== 'default' &&
    hasValue(layer) &&
    (config.inherit === 'replace' || valueAt(layer.value, path) !== undefined);
  const isOverride = layers.slice(at + 1).some(isSetIn);
  return { scope: found.scope, version: found.version || undefined, isOverride };
}

type Layer = Explanation<unknown>['layers'][number];

function hasValue({ kind }: Layer): boolean {
  return kind === 'set' || kind === 'null' || kind === 'default';
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
