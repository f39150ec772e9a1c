import type { Api } from '../../connection/api.ts';

/** The name under which a scope's folder has its groups. */
export const GROUPS = '@groups';

/** Versions of all configs of a scope that the caller may list, in one call for 500 of them. */
export async function readScope(
  api: Api,
  scope: string,
): Promise<ReadonlyMap<string, { readonly version: number; readonly isSet: boolean }>> {
  const found = new Map<string, { readonly version: number; readonly isSet: boolean }>();
  for await (const page of api.pages('configs.list', { names: { scope } }))
    for (const { name, version, state } of page) found.set(name, { version, isSet: state === 'set' });
  return found;
}

/** The groups of a scope, and the ETag to change them by; undefined: there is no such group, or the caller may not see it. */
export async function readGroups(
  api: Api,
  scope: string,
): Promise<{ readonly groups: readonly string[]; readonly etag: string | undefined } | undefined> {
  const [kind, name] = [scope.slice(0, scope.indexOf('/')), scope.slice(scope.indexOf('/') + 1)];
  if (kind === 'tenants') {
    const { answer, etag } = await api.call('tenants.get', { names: { tenant: name } });
    return { groups: answer.groups, etag };
  }
  try {
    const { answer, etag } = await api.call('groups.get', { names: { group: name } });
    return { groups: answer.groups, etag };
  } catch (error) {
    if ((error as { code?: string }).code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
