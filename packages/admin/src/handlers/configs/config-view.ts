import type { configs } from '@tenantry/admin-api';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import { maskValue, type Resolution, resolveLayers } from '@tenantry/protocol/internal';
import { defined, type StoreParts } from '../../calls/handler-parts.ts';
import { etagOf } from '../../http/etag.ts';
import { layerOf, layersOf, type ScopeLayers } from './layers.ts';

/** One config of one scope: what it has of its own, and what comes of all its layers. */
export interface ConfigView {
  readonly config: AnyConfig;
  readonly scope: Scope;
  readonly layers: ScopeLayers;
  readonly resolution: Resolution;
  readonly state: 'set' | 'inherited' | 'default' | 'none';
  /** The nearest scope that has a part in the effective value, or `default`. */
  readonly from: string | undefined;
  /** Who may be behind: this answer, since a server did not answer, or readers. */
  readonly behind: 'answer' | 'readers' | undefined;
}

/** So long after a write memory may not have heard of it. */
const HEARD_MS = 2_000;

/** Some configs of one scope, in the order of `configs`. */
export async function readViews(
  parts: Pick<StoreParts, 'store' | 'client' | 'now'>,
  scope: Scope,
  configs: readonly AnyConfig[],
): Promise<readonly ConfigView[]> {
  const found = await layersOf(parts, scope, configs);
  return configs.map(config => viewOf(config, scope, found.get(config.name) as ScopeLayers, parts.now()));
}

/** What comes of the layers of a config. */
export function viewOf(config: AnyConfig, scope: Scope, layers: ScopeLayers, now: number): ConfigView {
  const { own, above } = layers;
  const resolution = resolveLayers(config, [layerOf(scope, own), ...above]);
  const parts = new Set<string>(resolution.fields.map(field => field.scope));
  const from = resolution.layers.find(layer => parts.has(layer.scope))?.scope;
  const isSet = own?.json !== undefined;
  const inherited = from === undefined ? 'none' : from === 'default' ? 'default' : 'inherited';
  return {
    ...{ config, scope, layers, resolution, from },
    state: isSet ? 'set' : inherited,
    behind: layers.isUnsure ? 'answer' : areBehind(config, layers, now) ? 'readers' : undefined,
  };
}

/** Readers do not have what the database has had for a while, as far as a reader can tell: the client of this process. */
function areBehind(config: AnyConfig, layers: ScopeLayers, now: number): boolean {
  const { own, inMemory, isLive, isNewerAbove } = layers;
  // Others leave Redis by themselves, or are brought there by who reads them.
  const staysThere =
    config.cache === 'replicated' && config.ttlMs === undefined && config.writePolicy !== 'write-around';
  if (!staysThere) return false;
  if (isNewerAbove) return true;
  if (own === undefined || now - own.updatedAt.getTime() <= HEARD_MS) return false;
  if (!inMemory) return !isLive && own.json !== undefined;
  const differs = own.json !== undefined || inMemory.value !== undefined;
  return differs && own.version > (inMemory.version ?? 0);
}

/** The text of a value as everybody sees it: of a secret masked. */
export function shownJson(config: AnyConfig, value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(config.secret ? maskValue(value) : value);
}

/** What `If-Match` names: the record of one config in one scope. */
export function recordName(scope: Scope, config: Pick<AnyConfig, 'name'>): string {
  return `${scope} ${config.name}`;
}

/** The record as the API answers it. */
export function toRecord(view: ConfigView): configs.ConfigRecord {
  const { config, scope, layers, resolution, state, from } = view;
  const { own } = layers;
  return defined({
    ...{ scope, name: config.name, state, from, masked: config.secret, ...stalenessOf(view) },
    version: own?.version ?? 0,
    json: own?.json === undefined ? undefined : config.secret ? shownJson(config, JSON.parse(own.json)) : own.json,
    effectiveJson: shownJson(config, resolution.value),
    ...timesOf(view),
    dirty: own?.dirty ?? false,
  });
}

/** Whether what is said of it is all that there is to say, and whether readers have it. */
export function stalenessOf({ behind }: Pick<ConfigView, 'behind'>) {
  return { stale: behind !== undefined, behind };
}

/** When it was written, by whom, and until when it holds. */
export function timesOf({ layers: { own } }: ConfigView) {
  return {
    // Memory does not say when it was written.
    updatedAt: own && own.updatedAt.getTime() > 0 ? own.updatedAt.getTime() : undefined,
    updatedBy: own?.updatedBy,
    expiresAt: own?.expiresAt?.getTime(),
  };
}

/** The ETag of a record: of its version, and of what the answer says beside. */
export function etagOfView(view: ConfigView): string {
  const { json, version, ...rest } = toRecord(view);
  return etagOf(recordName(view.scope, view.config), version, rest);
}
