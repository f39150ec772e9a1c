import type { AnyConfig, Scope } from '@tenantry/protocol';
import { resolveLayers } from '@tenantry/protocol/internal';
import type { Entry } from '../memory/entry.ts';
import type { Explanation } from '../scopes/explain.ts';
import type { TenantClient } from '../tenant/tenant-client.ts';
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

/**
 * What was found in an explanation, by the part. The client hands out the same explanation until something changes. This may be state of the
 * module: each entry goes with its explanation.
 */
const found = new WeakMap<Explanation<unknown>, Map<string, FlagOrigin>>();

/** Finds where the value of an entry comes from, or that part of it which the flag names. */
export function originOf(entry: Entry<unknown>, flag: Flag, { id, client }: FlagTenant): FlagOrigin {
  // What `bootstrap` gave has none.
  const version = entry.version || undefined;
  if (entry.value === undefined || entry.origin === 'default') return DEFAULT;
  if (flag.config.inherit === 'none') return { scope: `tenants/${id}`, version, isOverride: false };
  const explanation = client.explain(flag.config);
  if (!explanation) return { scope: undefined, version, isOverride: false };
  const pointer = pointerTo(flag.path);
  const known = found.get(explanation)?.get(pointer);
  if (known) return known;
  const origin = originIn(explanation, flag.config, pointer);
  // Not of parts that are not there: an application may make up keys without end.
  if (valueAt(entry.value, flag.path) !== undefined) remember(explanation, pointer, origin);
  return origin;
}

function remember(explanation: Explanation<unknown>, pointer: string, origin: FlagOrigin): void {
  const origins = found.get(explanation) ?? new Map<string, FlagOrigin>();
  found.set(explanation, origins.set(pointer, origin));
}

function originIn({ layers, fields }: Explanation<unknown>, config: AnyConfig, pointer: string): FlagOrigin {
  // One part has the whole of it, or it has several.
  const scopes = new Set(fields.filter(({ path }) => isAbout(path, pointer)).map(({ scope }) => scope));
  // A field that is in no layer was made by the schema, from what the nearest scope has.
  const at = layers.findIndex(layer => (scopes.size > 0 ? scopes.has(layer.scope) : hasValue(layer)));
  const source = layers[at];
  if (source === undefined || source.scope === 'default') return DEFAULT;
  const isOverride = isSetIn(layers.slice(at + 1), config, pointer);
  return { scope: source.scope, version: source.version || undefined, isOverride };
}

type Layer = Explanation<unknown>['layers'][number];

/** Any of these scopes, which are farther, says something of the part. */
function isSetIn(farther: readonly Layer[], config: AnyConfig, pointer: string): boolean {
  const set = farther.filter(isScope).filter(hasValue);
  if (config.inherit === 'replace') return set.length > 0;
  // Items of merged lists are in the order of the farthest scope: without the nearer ones they stand where they stand.
  const part = config.secret ? upToKeyedList(config, pointer) : pointer;
  return resolveLayers(config, set).fields.some(({ path, scope }) => scope !== 'default' && isAbout(path, part));
}

/** The keys of the items are masked, so a list that is merged by them counts as one part. */
function upToKeyedList({ mergeListsBy }: AnyConfig, pointer: string): string {
  const steps = pointer.split('/');
  const end = steps.findIndex((_, i) => Object.hasOwn(mergeListsBy, steps.slice(0, i + 1).join('/')));
  return end === -1 ? pointer : steps.slice(0, end + 1).join('/');
}

function isScope(layer: Layer): layer is Layer & { readonly scope: Scope } {
  return layer.scope !== 'default';
}

function hasValue({ kind }: Layer): boolean {
  return kind === 'set' || kind === 'null' || kind === 'default';
}

function pointerTo(path: readonly string[]): string {
  return path.map(step => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** One of the two has the other in it, or is it. */
function isAbout(path: string, pointer: string): boolean {
  return isWithin(pointer, path) || isWithin(path, pointer);
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
