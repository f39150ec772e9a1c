import type { Scope } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import type { PlannedItem } from './plan-scope.ts';

/** Scopes in the order in which they can be written: what others inherit from comes first, a group after the groups that it is in. */
export function orderScopes(items: ReadonlyMap<Scope, readonly PlannedItem[]>): {
  readonly above: readonly Scope[];
  readonly tenants: readonly Scope[];
} {
  const scopes = [...items.keys()].sort();
  const groups = new Set(scopes.filter(scope => scope.startsWith('groups/')));
  const above: Scope[] = scopes.includes('global') ? ['global'] : [];
  const visited = new Set<Scope>();
  const visit = (scope: Scope) => {
    // A cycle ends here; the store refuses it with its path.
    if (visited.has(scope) || !groups.has(scope)) return;
    visited.add(scope);
    for (const parent of parentsOf(items.get(scope))) visit(parent);
    above.push(scope);
  };
  for (const group of groups) visit(group);
  return { above, tenants: scopes.filter(scope => scope.startsWith('tenants/')) };
}

function parentsOf(items: readonly PlannedItem[] | undefined): Scope[] {
  const json = items?.find(({ config }) => config === GROUPS_NAME)?.json;
  return json === undefined ? [] : (JSON.parse(json) as string[]).map((group): Scope => `groups/${group}`);
}
