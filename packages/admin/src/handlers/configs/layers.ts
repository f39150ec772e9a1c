import type { StoredText } from '@tenantry/mikro-orm';
import { type AnyConfig, GLOBAL_TENANT, type Scope, type Tenant, TenantryError } from '@tenantry/protocol';
import { type Layer, scopeChain, scopeOf, tenantOfScope } from '@tenantry/protocol/internal';
import type { StoreParts } from '../../calls/handler-parts.ts';

type Parts = Pick<StoreParts, 'store' | 'client'>;

/** What a scope has of its own, and what it inherits from, the nearest first. */
export interface ScopeLayers {
  readonly own: StoredText | undefined;
  /** What memory has of the scope's own: undefined where it does not know. */
  readonly inMemory: Layer | undefined;
  readonly above: readonly Layer[];
  /** The database did not answer: `own` is what memory knows. */
  readonly isFromMemory: boolean;
}

/**
 * What decides the values of some configs in one scope. Its own values come from the primary: their versions are conditions of writes. What is
 * above a tenant comes from the client's memory, which follows it; above a group nothing is followed, and the database is asked. Where the database
 * does not answer, memory has the own values too; `UNAVAILABLE` where it has not.
 */
export async function layersOf(
  parts: Parts,
  scope: Scope,
  configs: readonly AnyConfig[],
): Promise<ReadonlyMap<string, ScopeLayers>> {
  const [stored, explained] = await Promise.all([
    ownOf(parts, scope, configs),
    scope.startsWith('groups/') ? undefined : explainedOf(parts, scope, configs),
  ]);
  const missing = explained ? configs.filter(({ name }) => !explained.has(name)) : configs;
  const inherited = missing.filter(({ inherit }) => inherit !== 'none' && scope !== 'global');
  const fromDatabase = 'error' in stored ? new Map<string, Layer[]>() : await aboveOf(parts, scope, inherited);
  const found = new Map<string, ScopeLayers>();
  for (const { name } of configs) {
    const [inMemory, ...above] = explained?.get(name) ?? [];
    if ('error' in stored && inMemory === undefined) throw stored.error;
    found.set(name, {
      own: 'error' in stored ? toStored(inMemory) : stored.texts.get(name),
      inMemory,
      above: inMemory ? above : (fromDatabase.get(name) ?? []),
      isFromMemory: 'error' in stored,
    });
  }
  return found;
}

async function ownOf(
  { store }: Parts,
  scope: Scope,
  configs: readonly AnyConfig[],
): Promise<{ readonly texts: ReadonlyMap<string, StoredText> } | { readonly error: TenantryError }> {
  try {
    return { texts: await store.stored.of(scope, configs) };
  } catch (error) {
    if (error instanceof TenantryError && ['UNAVAILABLE', 'TIMEOUT'].includes(error.code)) return { error };
    throw error;
  }
}

/** What memory says of each config, read first where it does not know; a config that cannot be read is left out. */
async function explainedOf(
  { client }: Parts,
  scope: Scope,
  configs: readonly AnyConfig[],
): Promise<ReadonlyMap<string, readonly Layer[]>> {
  const reader = scope === 'global' ? client.global : client.tenant(scope.slice('tenants/'.length));
  const unknown = configs.filter(config => reader.explain(config) === undefined);
  // One that fails is not all of them.
  if (unknown.length > 0)
    await reader.getMany(unknown).catch(() => Promise.allSettled(unknown.map(config => reader.get(config))));
  const found = new Map<string, readonly Layer[]>();
  for (const config of configs) {
    const layers = reader.explain(config)?.layers.filter(({ scope: each }) => each !== 'default');
    if (layers && layers.length > 0) found.set(config.name, layers as readonly Layer[]);
  }
  return found;
}

function toStored(layer: Layer | undefined): StoredText | undefined {
  if (layer?.version === undefined) return undefined;
  return storedAs(layer.version, layer.value === undefined ? undefined : JSON.stringify(layer.value));
}

/** A stored text of which no more is known. */
export function storedAs(version: number, json: string | undefined): StoredText {
  const unknown = { updatedBy: undefined, expiresAt: undefined, origin: undefined };
  return { version, json, updatedAt: new Date(0), ...unknown, dirty: false };
}

/** What is set above a scope, from the database. */
export async function aboveOf(
  parts: Pick<Parts, 'store'>,
  scope: Scope,
  configs: readonly AnyConfig[],
): Promise<ReadonlyMap<string, Layer[]>> {
  if (configs.length === 0) return new Map();
  const found = new Map<string, Layer[]>(configs.map(({ name }) => [name, []]));
  const chain = (await chainOf(parts, scope)).slice(1);
  const texts = await parts.store.stored.ofMany(chain, configs);
  for (const above of chain)
    for (const [name, layers] of found) layers.push(layerOf(above, texts.get(above)?.get(name)));
  return found;
}

/** A scope and all that it inherits from, the nearest first. */
export async function chainOf(parts: Pick<Parts, 'store'>, scope: Scope): Promise<readonly Scope[]> {
  return (await chainsOf(parts, [scope])).get(scope) as readonly Scope[];
}

/** The same of many scopes, with one look for each step that they are away from the global scope. */
export async function chainsOf(
  { store }: Pick<Parts, 'store'>,
  scopes: readonly Scope[],
): Promise<ReadonlyMap<Scope, readonly Scope[]>> {
  const known = new Map<Tenant, readonly string[]>();
  for (let next: readonly Scope[] = scopes.filter(scope => scope !== 'global'); next.length > 0; ) {
    const found = await store.stored.groups(next);
    for (const each of next) known.set(tenantOfScope(each), found.get(each)?.groups ?? []);
    const groups = next.flatMap(each => found.get(each)?.groups ?? []).map((group): Scope => `groups/${group}`);
    next = [...new Set(groups)].filter(group => !known.has(tenantOfScope(group)));
  }
  return new Map(scopes.map(scope => [scope, chainIn(known, scope)]));
}

function chainIn(known: ReadonlyMap<Tenant, readonly string[]>, scope: Scope): readonly Scope[] {
  const { tenants = [tenantOfScope(scope), GLOBAL_TENANT] } = scopeChain(tenantOfScope(scope), each => known.get(each));
  return [...new Set(tenants.map(scopeOf))];
}

/** A layer as it is stored. */
export function layerOf(scope: Scope, text: Pick<StoredText, 'version' | 'json'> | undefined): Layer {
  return { scope, version: text?.version, value: text?.json === undefined ? undefined : JSON.parse(text.json) };
}
