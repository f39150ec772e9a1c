import { groupOf, groupTenant } from '../wire/scope.ts';
import { GLOBAL_TENANT, type Tenant } from '../wire/tenant-id.ts';

/** How many groups there may be from a tenant's group upwards, that one included. */
export const DEEPEST_GROUPS = 8;

/** Why no chain can be made: the groups that lead to themselves, or one that is too far away. The `path` names them, the lowest first. */
export interface ChainFault {
  readonly kind: 'cycle' | 'depth';
  readonly path: readonly string[];
}

/** The scopes of a tenant, the nearest first, or why there are none. */
export type ScopeChain =
  | { readonly tenants: readonly Tenant[]; readonly fault?: undefined }
  | { readonly tenants?: undefined; readonly fault: ChainFault };

/**
 * The scopes that decide the value of a tenant's configs, in the order of precedence: the tenant, its groups in their order, the groups of
 * those, and so on, and the global one. A group that is reached over several ways comes where the longest of them ends, so it comes after each
 * group that is in it.
 *
 *     acme: [a, b], a: [p], b: [q, p], q: [p]      → acme, a, b, q, p, global
 */
export function scopeChain(
  start: Tenant,
  groupsOf: (tenant: Tenant) => readonly string[] | undefined,
  deepest = groupOf(start) === undefined ? DEEPEST_GROUPS : DEEPEST_GROUPS - 1,
): ScopeChain {
  if (start === GLOBAL_TENANT) return { tenants: [start] };
  // Who is reached by a way of so many steps, and from where. The last level in which a group is counts.
  const levels: Map<Tenant, Tenant>[] = [new Map([[start, start]])];
  for (;;) {
    const next = new Map<Tenant, Tenant>();
    for (const tenant of levels.at(-1)?.keys() ?? [])
      for (const group of groupsOf(tenant) ?? []) {
        const above = groupTenant(group);
        if (!next.has(above)) next.set(above, tenant);
      }
    if (next.size === 0) break;
    levels.push(next);
    if (levels.length > deepest + 1) return { fault: faultOf(levels) };
  }
  const tenants = new Set<Tenant>([GLOBAL_TENANT]);
  for (const level of levels.toReversed()) for (const tenant of [...level.keys()].toReversed()) tenants.add(tenant);
  return { tenants: [...tenants].toReversed() };
}

/** The way to the last level: it is too long by itself, or goes round. */
function faultOf(levels: readonly ReadonlyMap<Tenant, Tenant>[]): ChainFault {
  const way: Tenant[] = [];
  let [at] = levels.at(-1)?.keys() ?? [];
  for (const level of levels.toReversed()) {
    if (at === undefined) break;
    way.unshift(at);
    at = level.get(at);
  }
  const end = way.findIndex((tenant, i) => way.indexOf(tenant) < i);
  const path = end === -1 ? way : way.slice(way.indexOf(way[end] as Tenant), end + 1);
  return { kind: end === -1 ? 'depth' : 'cycle', path: path.flatMap(tenant => groupOf(tenant) ?? []) };
}
