import { TenantryError } from '../errors/tenantry-error.ts';
import { groupOf, scopeOf } from '../wire/scope.ts';
import type { Memberships } from './layered-values.ts';
import { type ChainFault, DEEPEST_GROUPS, scopeChain } from './scope-chain.ts';

/** `UNKNOWN_GROUP` if one of them does not exist. */
export function checkKnown(text: string, groups: readonly string[], memberships: Memberships): void {
  const unknown = groups.filter(group => !memberships.has(` ${group}`));
  if (unknown.length === 0) return;
  throw new TenantryError(
    'UNKNOWN_GROUP',
    `"${scopeOf(text)}" cannot be in ${quoted(unknown)}: there is no such group. Nothing was written; \`scopes.setGroup\` makes one.`,
    { details: { groups: unknown } },
  );
}

/** The error about something that would be set in a group that does not exist. `text`: of the group. */
export function noGroup(text: string): TenantryError {
  const group = groupOf(text) as string;
  return new TenantryError(
    'UNKNOWN_GROUP',
    `There is no group "${group}": nothing was written. \`scopes.setGroup\` makes one.`,
    { details: { groups: [group] } },
  );
}

/** `GROUP_CYCLE` or `GROUPS_TOO_DEEP` if a tenant or a group cannot be where these memberships put it. */
export function checkAbove(text: string, memberships: Memberships): void {
  const { fault } = scopeChain(text, tenant => memberships.get(tenant as string));
  if (fault) throw errorOf(text, fault);
}

/** The same for all groups that are in it, which move with it. There is no cycle in these memberships. */
export function checkBelow(text: string, memberships: Memberships): void {
  const members = new Map<string, string[]>();
  for (const [member, groups] of memberships) {
    const name = groupOf(member);
    // Nobody is in a tenant.
    if (name !== undefined) for (const group of groups) members.set(group, [...(members.get(group) ?? []), name]);
  }
  // From the group downwards, the same walk: the lowest group is the farthest.
  const below = scopeChain(text, tenant => members.get(groupOf(tenant) as string), DEEPEST_GROUPS);
  for (const member of below.tenants ?? [])
    if (groupOf(member) !== undefined) checkAbove(member as string, memberships);
  if (below.fault) throw errorOf(text, { ...below.fault, path: below.fault.path.toReversed() });
}

function errorOf(text: string, { kind, path }: ChainFault): TenantryError {
  const way = path.map(group => `"${group}"`).join(' → ');
  const details = { groups: path };
  if (kind === 'cycle')
    return new TenantryError(
      'GROUP_CYCLE',
      `"${scopeOf(text)}" cannot be in these groups: one of them would be in itself, ${way}. Nothing was written.`,
      { details },
    );
  return new TenantryError(
    'GROUPS_TOO_DEEP',
    `"${scopeOf(text)}" cannot be in these groups: there would be ${path.length} groups above each other, ${way}, and may be ${DEEPEST_GROUPS}. Nothing was written.`,
    { details },
  );
}

function quoted(groups: readonly string[]): string {
  return groups.map(group => `"${group}"`).join(', ');
}
