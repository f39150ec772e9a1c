/**
 * The scopes of a tenant, the nearest first, by going every way upwards there is: a group counts where its longest way ends, and of ways
 * of one length the one that comes first. Slow, and on purpose nothing like the product's. Undefined: they lead to themselves.
 */
export function naiveChain(
  tenantScope: string,
  groupsOf: (scope: string) => readonly string[] | undefined,
): readonly string[] | undefined {
  const best = new Map<string, readonly number[]>();
  let isRound = false;
  const go = (scope: string, way: readonly number[], behind: readonly string[]): void => {
    if (behind.includes(scope)) isRound = true;
    if (isRound) return;
    const before = best.get(scope);
    if (before === undefined || comesLater(way, before)) best.set(scope, way);
    for (const [i, group] of (groupsOf(scope) ?? []).entries()) go(`groups/${group}`, [...way, i], [...behind, scope]);
  };
  go(tenantScope, [], []);
  if (isRound) return undefined;
  const scopes = [...best].sort(([, one], [, other]) => one.length - other.length || inOrder(one, other));
  return [...scopes.map(([scope]) => scope), 'global'];
}

const comesLater = (way: readonly number[], than: readonly number[]): boolean =>
  way.length > than.length || (way.length === than.length && inOrder(way, than) < 0);

function inOrder(one: readonly number[], other: readonly number[]): number {
  const i = one.findIndex((step, at) => step !== other[at]);
  return i === -1 ? 0 : (one[i] as number) - (other[i] as number);
}

/** Every scope that a tenant can inherit from, where `groupsOf` gives all groups that a scope may have been in. */
export function reachable(tenantScope: string, groupsOf: (scope: string) => Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>([tenantScope, 'global']);
  for (const scope of found) for (const group of groupsOf(scope)) found.add(`groups/${group}`);
  return found;
}
