import { grantedScopes } from '@tenantry/admin-api';
import type { Page } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { tenantOfScope } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import type { StoreParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { etagOf } from '../../http/etag.ts';
import { chainOf } from '../configs/layers.ts';
import { groupsRecord, writeGroups } from './write-groups.ts';

/** The tenants in which the caller may list anything. */
export function listTenants(parts: StoreParts): Handler<'tenants.list'> {
  return async call => {
    const { search = '' } = call.query;
    const granted = grantedScopes(call.rights, 'list', call.now);
    const isAll = granted.includes('*') || granted.includes('tenants/*');
    const named = granted.filter(scope => scope.startsWith('tenants/')).map(scope => scope.slice('tenants/'.length));
    const read = isAll
      ? (page: PageOf) => parts.store.tenants({ ...page, prefix: search })
      : (page: PageOf) => pageOfNames(named.filter(isTenant), search, page);
    const page = await visiblePage(call, read, id => id);
    const groups = await parts.store.stored.groups(page.items.map((id): Scope => `tenants/${id}`));
    const items = page.items.map(id => ({ id, groups: [...(groups.get(`tenants/${id}`)?.groups ?? [])] }));
    return { body: { ...page, items } };
  };
}

interface PageOf {
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Those that a grant names, whatever is set in them. */
async function pageOfNames(
  names: readonly string[],
  search: string,
  { limit, cursor = '' }: PageOf,
): Promise<Page<string>> {
  const found = [...new Set(names)].filter(name => name.startsWith(search) && name > cursor).sort();
  return { items: found.slice(0, limit), cursor: found.length > limit ? found[limit - 1] : undefined };
}

/** A grant may have any text. */
function isTenant(id: string): boolean {
  try {
    tenantOfScope(`tenants/${id}`);
    return id !== '*';
  } catch {
    return false;
  }
}

/** One tenant, its groups, and how many of the configs that the caller may list it sets. */
export function getTenant(parts: StoreParts): Handler<'tenants.get'> {
  return async call => {
    const { scope } = call;
    const seen = [...parts.store.definitions.values()].filter(({ name }) => call.may('list', scope, name));
    const [groups, texts, chain] = await Promise.all([
      parts.store.stored.groups([scope]),
      parts.store.stored.of(scope, seen),
      chainOf(parts, scope),
    ]);
    const { groups: own = [], version = 0 } = groups.get(scope) ?? {};
    const configs = [...texts.values()].filter(({ json }) => json !== undefined).length;
    const body = { id: call.names.tenant as string, groups: [...own], chain: [...chain], configs };
    return { body, etag: etagOf(groupsRecord(scope), version, body) };
  };
}

/** Puts a tenant into groups. */
export function setTenantGroups(parts: StoreParts): Handler<'tenants.setGroups'> {
  return async call => {
    const { groups, reason } = call.body;
    const tenant = call.names.tenant as string;
    const { etag } = await writeGroups(parts, call as unknown as Call, { groups, reason }, options =>
      parts.store.scopes.set(tenant, groups, options),
    );
    return { body: { groups: [...groups] }, etag };
  };
}
