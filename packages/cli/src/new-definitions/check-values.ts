import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import { effectiveValue, parseConfigValue } from '@tenantry/protocol/internal';
import type { Api } from '../connection/api.ts';
import type { StoredEntry } from '../plan/read/read-all.ts';
import type { Memberships } from './memberships.ts';

/** A value that the new definition would not take. */
export interface Fault {
  readonly scope: string;
  readonly config: string;
  /** Where in the value; '': as a whole. */
  readonly path: string;
  /** `stored`: what the scope sets itself. `effective`: what comes of all its scopes. */
  readonly kind: 'stored' | 'effective';
  /** In words of this program: those of a schema may quote the value. */
  readonly why: string;
}

/** What checking works with. */
export interface CheckParts {
  readonly api: Api;
  readonly memberships: Memberships;
  /** The JSON text behind a masked one; undefined: secrets are not shown. */
  readonly reveal: ((scope: string, config: string) => Promise<string | undefined>) | undefined;
  /** Told of each value that could not be looked at. */
  readonly onUnchecked: (what: string) => void;
}

const HIDDEN = Symbol('hidden');

/**
 * Every value that scopes have of one config, under its new definition: what each sets, and what each tenant gets of it. The layers of the global scope and of groups are held, and the
 * names of the tenants that set something; tenants come as they are read.
 */
export async function* checkValues(
  parts: CheckParts,
  config: AnyConfig,
  stored: AsyncIterable<StoredEntry>,
): AsyncGenerator<readonly Fault[], void, undefined> {
  const layers = new Map<string, unknown>();
  const setters = new Set<string>();
  for await (const entry of stored) {
    const value = await clearValue(parts, entry);
    const isTenant = entry.scope.startsWith('tenants/');
    const tenant = entry.scope.slice('tenants/'.length);
    if (value === HIDDEN) parts.onUnchecked(`${config.name} of ${entry.scope}`);
    if (isTenant) setters.add(tenant);
    else layers.set(entry.scope, value);
    if (value === HIDDEN) continue;
    const own = storedFaults(config, entry.scope, value);
    if (own.length > 0) yield own;
    if (isTenant && own.length === 0 && config.inherit === 'merge') {
      const above = layersAbove(parts, parts.memberships.listOf(tenant), layers);
      const faults =
        above === HIDDEN
          ? unchecked(parts, `what ${entry.scope} gets of ${config.name}`)
          : effectiveFaults(config, entry.scope, [{ scope: entry.scope as Scope, value }, ...above]);
      if (faults.length > 0) yield faults;
    }
  }
  if (config.inherit !== 'none' && layers.size > 0) yield* checkHeirs(parts, config, layers, setters);
}

/** Tenants that set nothing themselves, and get what their scopes say. */
async function* checkHeirs(
  parts: CheckParts,
  config: AnyConfig,
  layers: ReadonlyMap<string, unknown>,
  setters: ReadonlySet<string>,
): AsyncGenerator<readonly Fault[], void, undefined> {
  const { api, memberships } = parts;
  const faulty = new Map<string, readonly Fault[]>();
  for (const list of memberships.lists.keys()) {
    const above = layersAbove(parts, list, layers);
    // What is hidden above them was counted there.
    const faults = above === HIDDEN ? [] : effectiveFaults(config, '', above);
    if (faults.length > 0) faulty.set(list, faults);
  }
  if (faulty.size === 0) return;
  for await (const page of api.pages('tenants.list')) {
    const faults = page
      .filter(({ id }) => !setters.has(id))
      .flatMap(({ id, groups }) =>
        (faulty.get(groups.join(',')) ?? []).map(fault => ({ ...fault, scope: `tenants/${id}` })),
      );
    if (faults.length > 0) yield faults;
  }
}

async function clearValue({ reveal }: CheckParts, { scope, config, json, isSecret }: StoredEntry): Promise<unknown> {
  if (json === undefined || (isSecret && !reveal)) return HIDDEN;
  const text = isSecret ? await reveal?.(scope, config) : json;
  return text === undefined ? HIDDEN : JSON.parse(text);
}

function layersAbove({ memberships }: CheckParts, list: string, layers: ReadonlyMap<string, unknown>) {
  const above = memberships.above(list)?.map(scope => ({ scope, value: layers.get(scope) }));
  return !above || above.some(({ value }) => value === HIDDEN) ? HIDDEN : above;
}

function unchecked({ onUnchecked }: CheckParts, what: string): readonly Fault[] {
  onUnchecked(what);
  return [];
}

/** Under `merge` a scope may set a part of a value: what comes of it is checked. */
function storedFaults(config: AnyConfig, scope: string, value: unknown): readonly Fault[] {
  const at = { scope, config: config.name, kind: 'stored' } as const;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > config.maxBytes)
    return [{ ...at, path: '', why: `it takes ${bytes} bytes, and ${config.maxBytes} are the limit (maxBytes)` }];
  return config.inherit === 'merge' ? [] : refusalsOf(config, value).map(refusal => ({ ...at, ...refusal }));
}

function effectiveFaults(
  config: AnyConfig,
  scope: string,
  layers: readonly { readonly scope: Scope; readonly value: unknown }[],
): readonly Fault[] {
  const value = effectiveValue(config, layers);
  if (value === undefined) return [];
  const at = { scope, config: config.name, kind: 'effective' } as const;
  return refusalsOf(config, value).map(refusal => ({ ...at, ...refusal }));
}

const REFUSED = 'the schema refuses it';

/** Where the schema refuses the value; that it gave no answer, where it gave none. Its own words are left out: they may quote the value. */
function refusalsOf(config: AnyConfig, value: unknown): readonly Pick<Fault, 'path' | 'why'>[] {
  try {
    parseConfigValue(config, structuredClone(value));
    return [];
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    const { issues = [] } = error.details;
    if (issues.length === 0) return [{ path: '', why: error.message.replace(`"${config.name}": `, '') }];
    return [...new Set(issues.map(({ path }) => path))].map(path => ({ path, why: REFUSED }));
  }
}
