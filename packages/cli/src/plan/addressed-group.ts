/** How the groups of a scope are changed: by which route, with which names. */
export function addressedGroup(scope: string) {
  const name = scope.slice(scope.indexOf('/') + 1);
  return scope.startsWith('groups/')
    ? ({ id: 'groups.set', names: { group: name } } as const)
    : ({ id: 'tenants.setGroups', names: { tenant: name } } as const);
}
