import type { Scope } from '@tenantry/protocol';

/** The part of a store that has the given scope. */
export function storeOf<Configs>(
  store: { tenant(id: string): Configs; group(name: string): Configs; global(): Configs },
  scope: Scope,
): Configs {
  const [kind, ...name] = scope.split('/');
  if (kind === 'global') return store.global();
  return kind === 'groups' ? store.group(name.join('/')) : store.tenant(name.join('/'));
}
