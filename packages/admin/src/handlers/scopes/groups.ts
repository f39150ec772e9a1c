import type { Scope } from '@tenantry/protocol';
import type { Call, Handler } from '../../calls/call.ts';
import type { StoreParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed, visiblePage } from '../../calls/visible-page.ts';
import { etagOf } from '../../http/etag.ts';
import { notFound } from '../../http/refused.ts';
import { groupsRecord, writeGroups } from './write-groups.ts';

/** The groups in which the caller may list anything, each with how many members the caller may see. */
export function listGroups(parts: StoreParts): Handler<'groups.list'> {
  return async call => {
    const any = call as unknown as Call;
    const { search = '' } = call.query;
    const after = placeOf(any) ?? '';
    const memberships = await parts.store.stored.memberships();
    const names = [...memberships.keys()]
      .filter(scope => scope.startsWith('groups/') && call.may('list', scope, undefined))
      .map(scope => scope.slice('groups/'.length))
      .filter(name => name > after && name.startsWith(search))
      .sort();
    const page = names.slice(0, limitOf(any));
    const counts = countMembers(any, memberships);
    const items = page.map(name => ({
      name,
      groups: [...(memberships.get(`groups/${name}`) ?? [])],
      members: counts.get(name) ?? 0,
    }));
    return { body: sealed(any, items, names.length > page.length ? page.at(-1) : undefined) };
  };
}

/** One group. */
export function getGroup(parts: StoreParts): Handler<'groups.get'> {
  return async call => {
    const { scope } = call;
    const name = call.names.group as string;
    const [present, memberships] = await Promise.all([
      parts.store.stored.groups([scope]),
      parts.store.stored.memberships(),
    ]);
    const { groups, version } = present.get(scope) ?? {};
    if (groups === undefined || version === undefined) throw notFound();
    const members = countMembers(call as unknown as Call, memberships).get(name) ?? 0;
    const body = { name, groups: [...groups], members };
    return { body, etag: etagOf(groupsRecord(scope), version, body) };
  };
}

function countMembers(call: Call, memberships: ReadonlyMap<Scope, readonly string[]>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [scope, groups] of memberships)
    if (call.may('list', scope, undefined)) for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
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
