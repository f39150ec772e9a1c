import type { StoredText } from '@tenantry/mikro-orm';
import { type AnyConfig, GLOBAL_TENANT, type Scope, type Tenant, TenantryError } from '@tenantry/protocol';
import { type Layer, scopeChain, scopeOf, tenantOfScope } from '@tenantry/protocol/internal';
import type { StoreParts } from '../../calls/handler-parts.ts';

type Parts = Pick<StoreParts, 'store' | 'client'>;
type Known = Awaited<ReturnType<StoreParts['store']['stored']['known']>>;

/** What a scope has of its own, and what it inherits from, the nearest first. */
export interface ScopeLayers {
  readonly own: StoredText | undefined;
  /** What memory has of the scope's own: undefined where it does not know. */
  readonly inMemory: Layer | undefined;
  readonly above: readonly Layer[];
  /** The feed of the client is live: what memory has is what readers can have. Also of a group, of which memory has nothing. */
  readonly isLive: boolean;
  /** The database has something above that memory does not have. */
  readonly isNewerAbove: boolean;
  /** A server did not answer: something newer may stand than this says. */
  readonly isUnsure: boolean;
}

/**
 * What decides the values of some configs in one scope. Its own values come from the primary: their versions are conditions of writes. What is
 * above a tenant comes from the client's memory, as long as its feed is live; above a group nothing is followed, and the database is asked. Where
 * Redis does not answer, the database is asked for everything. Where the database does not answer, memory has the own values too, after one more
 * look at Redis if its feed is not live; `UNAVAILABLE` where it has not.
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
  const isLive = ({ name }: AnyConfig) => explained?.get(name)?.isLive === true;
  const inherited = configs.filter(config => config.inherit !== 'none' && scope !== 'global' && !isLive(config));
  const fromDatabase = 'error' in stored ? NOTHING : await aboveOf(parts, scope, inherited);
  const found = new Map<string, ScopeLayers>();
  for (const config of configs) {
    const { name } = config;
    const [inMemory, ...above] = explained?.get(name)?.layers ?? [];
    if ('error' in stored && inMemory === undefined) throw stored.error;
    const fresh = fromDatabase.layers.get(name);
    found.set(name, {
      own: 'error' in stored ? toStored(inMemory) : ownIn(stored, scope, name, inMemory),
      inMemory,
      above: fresh ?? above,
      isNewerAbove: explained !== undefined && fresh !== undefined && isNewer(fresh, above),
      isLive: explained === undefined || isLive(config),
      isUnsure: 'error' in stored || stored.unsure.has(name) || fromDatabase.unsure.has(name),
    });
  }
  return found;
}

function isNewer(fresh: readonly Layer[], known: readonly Layer[]): boolean {
  return fresh.some(({ scope, version = 0, value }) => {
    const before = known.find(each => each.scope === scope);
    return (value !== undefined || before?.value !== undefined) && version > (before?.version ?? 0);
  });
}

/** What the database has; of what Redis may have in a newer version, and does not say, the newest that is known. */
function ownIn({ texts, unsure }: Known, scope: Scope, name: string, inMemory: Layer | undefined) {
  const own = texts.get(scope)?.get(name);
  const hasNewer = unsure.has(name) && (inMemory?.version ?? 0) > (own?.version ?? 0);
  return hasNewer ? toStored(inMemory) : own;
}

/** What is above a scope, by the names of configs. */
interface Above {
  readonly layers: ReadonlyMap<string, readonly Layer[]>;
  /** Redis did not answer: it may have a newer value of these. */
  readonly unsure: ReadonlySet<string>;
}

const NOTHING: Above = { layers: new Map(), unsure: new Set() };

async function ownOf(
  { store }: Parts,
  scope: Scope,
  configs: readonly AnyConfig[],
): Promise<Known | { readonly error: TenantryError }> {
  try {
    return await store.stored.known([scope], configs);
  } catch (error) {
    if (error instanceof TenantryError && ['UNAVAILABLE', 'TIMEOUT'].includes(error.code)) return { error };
    throw error;
  }
}

/** What memory says of a config. */
interface Explained {
  readonly layers: readonly Layer[];
  readonly isLive: boolean;
}

/** What memory says of each config, read first where it does not know or may be behind; a config that cannot be read is left out. */
async function explainedOf(
  { client }: Parts,
  scope: Scope,
  configs: readonly AnyConfig[],
): Promise<ReadonlyMap<string, Explained>> {
  const reader = scope === 'global' ? client.global : client.tenant(scope.slice('tenants/'.length));
  const isLive = (config: AnyConfig) => reader.peekEntry(config)?.stale === false;
  const unknown = configs.filter(config => reader.explain(config) === undefined || !isLive(config));
  // One that fails is not all of them.
  if (unknown.length > 0)
    await reader.getMany(unknown).catch(() => Promise.allSettled(unknown.map(config => reader.get(config))));
  const found = new Map<string, Explained>();
  for (const config of configs) {
    const layers = reader.explain(config)?.layers.filter(({ scope: each }) => each !== 'default');
    if (layers && layers.length > 0)
      found.set(config.name, { layers: layers as readonly Layer[], isLive: isLive(config) });
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
async function aboveOf(parts: Pick<Parts, 'store'>, scope: Scope, configs: readonly AnyConfig[]): Promise<Above> {
  if (configs.length === 0) return NOTHING;
  const found = new Map<string, Layer[]>(configs.map(({ name }) => [name, []]));
  const chain = (await chainOf(parts, scope)).slice(1);
  const { texts, unsure } = await parts.store.stored.known(chain, configs);
  for (const above of chain)
    for (const [name, layers] of found) layers.push(layerOf(above, texts.get(above)?.get(name)));
  return { layers: found, unsure };
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
