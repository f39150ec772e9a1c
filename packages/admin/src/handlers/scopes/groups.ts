import { grantedScopes } from '@tenantry/admin-api';
import type { StoredGroups } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { tenantOfScope } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import type { StoreParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { etagOf } from '../../http/etag.ts';
import { notFound } from '../../http/refused.ts';
import { groupsRecord, writeGroups } from './write-groups.ts';

const MEMBERS_AT_ONCE = 1_000;

/** The groups in which the caller may list anything, each with how many members the caller may see. */
export function listGroups(parts: StoreParts): Handler<'groups.list'> {
  return async call => {
    const { search = '' } = call.query;
    const page = await visiblePage(
      call,
      options => parts.store.scopes.groups({ ...options, prefix: search }),
      name => (call.may('list', `groups/${name}`, undefined) ? name : undefined),
    );
    const [groups, counts] = await Promise.all([
      parts.store.stored.groups(page.items.map((name): Scope => `groups/${name}`)),
      page.items.length > 0 ? countMembers(parts, call as unknown as Call) : undefined,
    ]);
    const items = page.items.map(name => ({
      name,
      groups: [...(groups.get(`groups/${name}`)?.groups ?? [])],
      members: counts?.get(name) ?? 0,
    }));
    return { body: { ...page, items } };
  };
}

/** One group. */
export function getGroup(parts: StoreParts): Handler<'groups.get'> {
  return async call => {
    const { scope } = call;
    const name = call.names.group as string;
    const { groups, version } = (await parts.store.stored.groups([scope])).get(scope) ?? {};
    if (groups === undefined || version === undefined) throw notFound();
    let members = 0;
    for (let cursor: string | undefined, isMore = true; isMore; isMore = cursor !== undefined) {
      const page = await parts.store.scopes.members(name, { limit: MEMBERS_AT_ONCE, cursor });
      for (const each of page.items) if (call.may('list', each, undefined)) members++;
      cursor = page.cursor;
    }
    const body = { name, groups: [...groups], members };
    return { body, etag: etagOf(groupsRecord(scope), version, body) };
  };
}

/** By group; of a caller who may see only some scopes only those are read. */
async function countMembers({ store }: StoreParts, call: Call): Promise<ReadonlyMap<string, number>> {
  const granted = grantedScopes(call.rights, 'list', call.now);
  const isSome = granted.every(scope => !scope.endsWith('*'));
  const scopes = granted.filter((scope): scope is Scope => /^(tenants|groups)\//.test(scope) && isScope(scope));
  const memberships = isSome ? groupsOf(await store.stored.groups(scopes)) : await store.stored.memberships();
  const counts = new Map<string, number>();
  for (const [scope, groups] of memberships)
    if (call.may('list', scope, undefined)) for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}

/** A grant may have any text. */
function isScope(scope: string): boolean {
  try {
    tenantOfScope(scope);
    return true;
  } catch {
    return false;
  }
}

function groupsOf(stored: ReadonlyMap<Scope, StoredGroups>): ReadonlyMap<Scope, readonly string[]> {
  return new Map([...stored].map(([scope, { groups = [] }]) => [scope, groups]));
}

/** Who is in a group: the scopes that the caller may list. */
export function listMembers(parts: StoreParts): Handler<'groups.members'> {
  return async call => {
    const name = call.names.group as string;
    if ((await parts.store.stored.groups([call.scope])).get(call.scope)?.groups === undefined) throw notFound();
    return {
      body: await visiblePage(
        call,
        page => parts.store.scopes.members(name, page),
        scope => (call.may('list', scope, undefined) ? { scope } : undefined),
      ),
    };
  };
}

/** Makes a group, or puts it into groups. */
export function setGroup(parts: StoreParts): Handler<'groups.set'> {
  return async call => {
    const { groups, reason } = call.body;
    const { etag } = await writeGroups(parts, call as unknown as Call, { groups, reason }, options =>
      parts.store.scopes.setGroup(call.names.group as string, groups, options),
    );
    return { body: { groups: [...groups] }, etag };
  };
}

/** Deletes a group that nobody is in. */
export function deleteGroup(parts: StoreParts): Handler<'groups.delete'> {
  return async call => {
    const change = { groups: [], reason: call.query.reason };
    const { etag } = await writeGroups(parts, call as unknown as Call, change, options =>
      parts.store.scopes.deleteGroup(call.names.group as string, options),
    );
    return { body: undefined, etag };
  };
}
