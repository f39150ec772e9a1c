import type { AnyConfig } from '@tenantry/protocol';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, configsOf, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';
import { type ConfigView, etagOfView, readViews, shownJson, stalenessOf, timesOf, toRecord } from './config-view.ts';

const PREVIEW = 80;
const BATCH = 100;

/** One config of a scope. */
export function getConfig(parts: StoreParts): Handler<'configs.get'> {
  return async ({ scope, names }) => {
    const [view] = await readViews(parts, scope, [configNamed(parts, names.config as string)]);
    return { body: toRecord(view as ConfigView), etag: etagOfView(view as ConfigView) };
  };
}

/** The configs of a scope that the caller may list, by name. What a config says is looked at page by page, not what it is called. */
export function listConfigs(parts: StoreParts): Handler<'configs.list'> {
  return async call => {
    const limit = limitOf(call as unknown as Call);
    const after = placeOf(call as unknown as Call) ?? '';
    const wanted = namedConfigs(parts, call).filter(({ name }) => name > after);
    const found: ConfigView[] = [];
    let reached = 0;
    while (found.length < limit && reached < wanted.length) {
      const batch = wanted.slice(reached, reached + Math.max(BATCH, limit));
      for (const view of await readViews(parts, call.scope, batch)) {
        if (found.length >= limit) break;
        reached++;
        if (isAsked(call, view)) found.push(view);
      }
    }
    const last = wanted[reached - 1]?.name;
    const items = found.map(view => toListed(call, view));
    return { body: sealed(call as unknown as Call, items, reached < wanted.length ? last : undefined) };
  };
}

function namedConfigs({ store }: StoreParts, call: Call<'configs.list'>): readonly AnyConfig[] {
  const { search, group } = call.query;
  const part = search?.toLowerCase();
  return [...store.definitions.values()]
    .filter(({ name, groups }) => {
      if (part !== undefined && !name.toLowerCase().includes(part)) return false;
      if (group !== undefined && !groups.includes(group)) return false;
      return call.may('list', call.scope, name);
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isAsked(call: Call<'configs.list'>, view: ConfigView): boolean {
  const { state, dirty, value } = call.query;
  if (state !== undefined && view.state !== state) return false;
  if (dirty !== undefined && (view.layers.own?.dirty ?? false) !== dirty) return false;
  if (value === undefined) return true;
  // A search must not tell of a value what a look at it would not.
  if (view.config.secret || !call.may('view', view.scope, view.config.name)) return false;
  return shownJson(view.config, view.resolution.value)?.toLowerCase().includes(value.toLowerCase()) ?? false;
}

function toListed(call: Call<'configs.list'>, view: ConfigView) {
  const { config, scope, state, from, layers } = view;
  const mayView = call.may('view', scope, config.name);
  return defined({
    ...{ name: config.name, groups: [...config.groups], state, from, secret: config.secret, ...stalenessOf(view) },
    version: layers.own?.version ?? 0,
    ...timesOf(view),
    dirty: layers.own?.dirty ?? false,
    origin: mayView ? layers.own?.origin : undefined,
    preview: mayView && !config.secret ? shownJson(config, view.resolution.value)?.slice(0, PREVIEW) : undefined,
  });
}

/** How a scope stands, by group of configs: those that the caller may list. */
export function getState(parts: StoreParts): Handler<'state.get'> {
  return async call => {
    const { configs } = await configsOf(parts, call.scope).state();
    const seen = configs.filter(({ name }) => call.may('list', call.scope, name));
    const names = [...new Set(seen.flatMap(({ groups }) => groups))].sort();
    const groups = names.map(group => ({ group, ...totalsOf(seen.filter(config => config.groups.includes(group))) }));
    return { body: { ...totalsOf(seen), groups } };
  };
}

interface Counted {
  readonly isSet: boolean;
  readonly dirty: number | undefined;
  readonly isMissing: boolean;
  readonly isBehind: boolean;
}

function totalsOf(configs: readonly Counted[]) {
  const count = (is: (config: Counted) => boolean) => configs.filter(is).length;
  return {
    total: configs.length,
    set: count(({ isSet }) => isSet),
    dirty: count(({ dirty }) => dirty !== undefined),
    stale: count(({ isMissing, isBehind }) => isMissing || isBehind),
  };
}
