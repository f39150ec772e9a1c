import { grantedScopes, may, type Rights, rightsOf, type Target } from '@tenantry/admin-api/rights';
import type { Api } from '../../connection/api.ts';
import { Failure } from '../../failures/failure.ts';
import { readGroups } from './read-scope.ts';

const KINDS = ['global', 'groups', 'tenants'] as const;

/** What is asked for: these scopes and configs, or all scopes where none is named. */
export interface AskedScopes {
  readonly scopes: readonly string[];
  readonly configs: readonly string[];
}

/**
 * What lists leave out without a word, because the caller may not see it, for people. Scopes that are named are seen, or `NOT_FOUND` says which one is not,
 * or is not there.
 */
export async function hiddenScopes(api: Api, { scopes, configs }: AskedScopes): Promise<readonly string[]> {
  const { answer } = await api.call('me.get');
  const rights = rightsOf(answer, answer.grants as Rights['grants']);
  const now = Date.now();
  const sees = (scope: string, config?: string) => may(rights, 'list', scope as Target, config, now);
  const unseen = (scope: string, name: string) =>
    configs.filter(config => !sees(scope, config)).map(config => `${config} of ${name}`);
  for (const scope of scopes)
    if (!sees(scope) || (scope.startsWith('groups/') && !(await readGroups(api, scope))))
      throw new Failure('NOT_FOUND', `There is no ${scope}, or you may not see it. Nothing was written.`);
  if (scopes.length > 0) return scopes.flatMap(scope => unseen(scope, scope));
  const named = grantedScopes(rights, 'list', now);
  return KINDS.flatMap(kind => {
    const all = kind === 'global' ? kind : `${kind}/*`;
    const name = named.some(scope => scope.startsWith(`${kind}/`) && scope !== all) ? `other ${kind}` : kind;
    return sees(all) ? unseen(all, name) : [name];
  });
}
