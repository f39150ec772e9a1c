import type { AnyConfig } from '@tenantry/protocol';

/** The groups of these configs in the order of their names, each with the names of its configs. */
export function groupsOf(definitions: readonly AnyConfig[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { name, groups: own } of definitions)
    for (const group of own) groups.set(group, [...(groups.get(group) ?? []), name]);
  return new Map([...groups.keys()].sort().map(group => [group, groups.get(group)?.sort() ?? []]));
}
