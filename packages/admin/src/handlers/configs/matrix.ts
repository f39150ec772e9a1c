import { grantedScopes } from '@tenantry/admin-api';
import type { Page } from '@tenantry/mikro-orm';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import type { Layer } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { shownJson, viewOf } from './config-view.ts';
import { chainOf, layerOf } from './layers.ts';

interface Row {
  readonly scope: Scope;
  readonly version: number;
  readonly json: string | undefined;
}

/** One config over all scopes that the caller may list: those that set it first, then the other tenants. */
export function getMatrix(parts: HandlerParts): Handler<'configs.matrix'> {
  return async call => {
    const config = configNamed(parts, call.names.config as string);
    const above = new Map<Scope, Promise<Layer>>();
    const read = readsAll(call) ? rowsOf(parts, config, call.query) : grantedRows(parts, config, call);
    return {
      body: await visiblePage(call, read, async row =>
        call.may('list', row.scope, config.name) ? toItem(parts, call, config, row, above) : undefined,
      ),
    };
  };
}

/** Whether the caller's rights are for more scopes than they name. */
function readsAll({ rights, now }: Call<'configs.matrix'>): boolean {
  return grantedScopes(rights, 'list', now).some(scope => scope === '*' || scope.endsWith('/*'));
}

/** Setters come first, and after the last of them the tenants that set nothing. The cursor says which of the two it is of. */
function rowsOf(parts: HandlerParts, config: AnyConfig, { search, state }: Call<'configs.matrix'>['query']) {
  const isSetOnly = state === 'set';
  const prefix = search === undefined ? {} : { prefix: search };
  return async ({ limit, cursor = 's' }: { limit: number; cursor: string | undefined }): Promise<Page<Row>> => {
    const inner = cursor.length > 1 ? { cursor: cursor.slice(1) } : {};
    if (cursor.startsWith('s')) {
      const { items, cursor: next } = await parts.store.stored.scopesOf(config, { limit, ...inner, ...prefix });
      const afterSetters = isSetOnly ? undefined : 't';
      return { items, cursor: next === undefined ? afterSetters : `s${next}` };
    }
    const { items, cursor: next } = await parts.store.tenants({ limit, ...inner, ...prefix });
    const scopes = items.map((tenant): Scope => `tenants/${tenant}`);
    const own = await Promise.all(scopes.map(scope => ownRow(parts, config, scope)));
    return { items: own.filter(({ json }) => json === undefined), cursor: next === undefined ? undefined : `t${next}` };
  };
}

/** The scopes that the caller's grants name, and no others: there may be a million of those. */
function grantedRows(parts: HandlerParts, config: AnyConfig, call: Call<'configs.matrix'>) {
  const named = grantedScopes(call.rights, 'list', call.now).filter(scope =>
    /^(global|(groups|tenants)\/.*)$/s.test(scope),
  );
  const { search = '', state } = call.query;
  const scopes = (named as Scope[]).filter(scope => scope.replace(/^\w+\//, '').startsWith(search)).sort();
  return async ({ limit, cursor = '' }: { limit: number; cursor: string | undefined }): Promise<Page<Row>> => {
    const next = scopes.filter(scope => scope > cursor);
    const items = await Promise.all(next.slice(0, limit).map(scope => ownRow(parts, config, scope)));
    const wanted = state === 'set' ? items.filter(({ json }) => json !== undefined) : items;
    return { items: wanted, cursor: next.length > limit ? next[limit - 1] : undefined };
  };
}

async function ownRow({ store }: HandlerParts, config: AnyConfig, scope: Scope): Promise<Row> {
  const own = (await store.stored.of(scope, [config])).get(config.name);
  return { scope, version: own?.version ?? 0, json: own?.json };
}

async function toItem(
  parts: HandlerParts,
  call: Call<'configs.matrix'>,
  config: AnyConfig,
  row: Row,
  known: Map<Scope, Promise<Layer>>,
) {
  const { scope, version, json } = row;
  const own = {
    version,
    json,
    updatedAt: new Date(0),
    updatedBy: undefined,
    expiresAt: undefined,
    origin: undefined,
    dirty: false,
  };
  // What is above many tenants is read once.
  const chain = config.inherit === 'none' ? [] : (await chainOf(parts, scope)).slice(1);
  const above = await Promise.all(
    chain.map(each => {
      const layer =
        known.get(each) ??
        ownRow(parts, config, each).then(found => layerOf(each, found.version > 0 ? found : undefined));
      known.set(each, layer);
      return layer;
    }),
  );
  const layers = { own: version > 0 ? own : undefined, inMemory: undefined, above, isFromMemory: false };
  const { state, resolution } = viewOf(config, scope, layers, call.now);
  if (!call.may('view', scope, config.name)) return { scope, state, version };
  return defined({
    ...{ scope, state, version },
    json: json === undefined ? undefined : shownJson(config, JSON.parse(json)),
    effectiveJson: shownJson(config, resolution.value),
  });
}
