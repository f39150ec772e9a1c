import { grantedScopes } from '@tenantry/admin-api';
import type { Page } from '@tenantry/mikro-orm';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import type { Layer } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { shownJson, viewOf } from './config-view.ts';
import { chainsOf, layerOf, storedAs } from './layers.ts';

interface Row {
  readonly scope: Scope;
  readonly version: number;
  readonly json: string | undefined;
  readonly expiresAt?: Date | undefined;
  /** What the scope inherits from, the nearest first. */
  readonly above: readonly Scope[];
}

type OwnRow = Omit<Row, 'above'>;

/** One config over all scopes that the caller may list: those that set it first, then the other tenants. */
export function getMatrix(parts: StoreParts): Handler<'configs.matrix'> {
  return async call => {
    const config = configNamed(parts, call.names.config as string);
    const above = new Map<Scope, Promise<Layer>>();
    const read = readsAll(call) ? rowsOf(parts, config, call.query) : grantedRows(parts, config, call);
    const readRows = async (options: PageQuery): Promise<Page<Row>> => {
      const { items, cursor: next } = await read(options);
      return { items: await withAbove(parts, config, items), cursor: next };
    };
    return {
      body: await visiblePage(call, readRows, async row =>
        call.may('list', row.scope, config.name) ? toItem(parts, call, config, row, above) : undefined,
      ),
    };
  };
}

interface PageQuery {
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** With one look for all of a page. */
async function withAbove(parts: StoreParts, config: AnyConfig, rows: readonly OwnRow[]): Promise<Row[]> {
  if (config.inherit === 'none') return rows.map(row => ({ ...row, above: [] }));
  const chains = await chainsOf(
    parts,
    rows.map(({ scope }) => scope),
  );
  return rows.map(row => ({ ...row, above: chains.get(row.scope)?.slice(1) ?? [] }));
}

/** Whether the caller's rights are for more scopes than they name. */
function readsAll({ rights, now }: Call<'configs.matrix'>): boolean {
  return grantedScopes(rights, 'list', now).some(scope => scope === '*' || scope.endsWith('/*'));
}

/** Setters come first, and after the last of them the tenants that set nothing. The cursor says which of the two it is of. */
function rowsOf(parts: StoreParts, config: AnyConfig, { search, state }: Call<'configs.matrix'>['query']) {
  const isSetOnly = state === 'set';
  const prefix = search === undefined ? {} : { prefix: search };
  return async ({ limit, cursor = 's' }: PageQuery): Promise<Page<OwnRow>> => {
    const inner = cursor.length > 1 ? { cursor: cursor.slice(1) } : {};
    if (cursor.startsWith('s')) {
      const { items, cursor: next } = await parts.store.stored.scopesOf(config, { limit, ...inner, ...prefix });
      const afterSetters = isSetOnly ? undefined : 't';
      return { items, cursor: next === undefined ? afterSetters : `s${next}` };
    }
    const { items, cursor: next } = await parts.store.tenants({ limit, ...inner, ...prefix });
    const scopes = items.map((tenant): Scope => `tenants/${tenant}`);
    const own = await ownRows(parts, config, scopes);
    return { items: own.filter(({ json }) => json === undefined), cursor: next === undefined ? undefined : `t${next}` };
  };
}

/** The scopes that the caller's grants name, and no others: there may be a million of those. */
function grantedRows(parts: StoreParts, config: AnyConfig, call: Call<'configs.matrix'>) {
  const named = grantedScopes(call.rights, 'list', call.now).filter(scope =>
    /^(global|(groups|tenants)\/.*)$/s.test(scope),
  );
  const { search = '', state } = call.query;
  const scopes = (named as Scope[]).filter(scope => scope.replace(/^\w+\//, '').startsWith(search)).sort();
  return async ({ limit, cursor = '' }: PageQuery): Promise<Page<OwnRow>> => {
    const next = scopes.filter(scope => scope > cursor);
    const items = await ownRows(parts, config, next.slice(0, limit));
    const wanted = state === 'set' ? items.filter(({ json }) => json !== undefined) : items;
    return { items: wanted, cursor: next.length > limit ? next[limit - 1] : undefined };
  };
}

async function ownRows({ store }: StoreParts, config: AnyConfig, scopes: readonly Scope[]): Promise<OwnRow[]> {
  const found = await store.stored.ofMany(scopes, [config]);
  return scopes.map(scope => {
    const own = found.get(scope)?.get(config.name);
    return {
      scope,
      version: own?.version ?? 0,
      json: own?.json,
      expiresAt: own?.json === undefined ? undefined : own.expiresAt,
    };
  });
}

async function ownRow(parts: StoreParts, config: AnyConfig, scope: Scope): Promise<OwnRow> {
  return (await ownRows(parts, config, [scope]))[0] as OwnRow;
}

async function toItem(
  parts: StoreParts,
  call: Call<'configs.matrix'>,
  config: AnyConfig,
  row: Row,
  known: Map<Scope, Promise<Layer>>,
) {
  const { scope, version, json } = row;
  // What is above many tenants is read once.
  const above = await Promise.all(
    row.above.map(each => {
      const layer =
        known.get(each) ??
        ownRow(parts, config, each).then(found => layerOf(each, found.version > 0 ? found : undefined));
      known.set(each, layer);
      return layer;
    }),
  );
  const layers = {
    own: version > 0 ? storedAs(version, json) : undefined,
    inMemory: undefined,
    above,
    isLive: true,
    isNewerAbove: false,
    isUnsure: false,
  };
  const { state, resolution } = viewOf(config, scope, layers, call.now);
  const seen = defined({ scope, state, version, expiresAt: row.expiresAt?.getTime() });
  if (!call.may('view', scope, config.name)) return seen;
  return defined({
    ...seen,
    json: json === undefined ? undefined : shownJson(config, JSON.parse(json)),
    effectiveJson: shownJson(config, resolution.value),
  });
}
