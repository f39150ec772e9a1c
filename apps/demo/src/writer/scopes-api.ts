import type { MikroORM } from '@mikro-orm/core';
import { configStore, type TenantConfigs, type WriteOptions, type WriteResult } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { serviceLevel } from '../definitions/service-level.ts';
import type { CommitClock } from './commit-clock.ts';
import { timedWrite, type WriteAnswer } from './timed-write.ts';

type Identity = Pick<WriteOptions, 'actor' | 'reason'>;

/** One write of the inherited setting in one scope, as it comes in JSON: what is written may be a part of a value. */
export type LayerWrite = { readonly scope: Scope; readonly options?: Identity } & (
  | { readonly verb: 'set' | 'patch'; readonly value: unknown }
  | { readonly verb: 'unset' }
);

/** Puts a tenant into these groups and no others. */
export interface GroupsWrite {
  readonly tenant: string;
  readonly groups: readonly string[];
  readonly options?: Identity;
}

/** What the application sets for all tenants, for a group or for one; and who is in which group. */
export function createScopesApi(orm: MikroORM, clock: CommitClock) {
  const store = configStore(orm);
  return {
    write: (request: LayerWrite): Promise<WriteAnswer> => timedWrite(clock, () => write(request)),
    setGroups: ({ tenant, groups, options }: GroupsWrite): Promise<WriteAnswer> =>
      timedWrite(clock, () => store.scopes.set(tenant, groups, options)),
  };

  function write(request: LayerWrite): Promise<WriteResult> {
    const configs = configsOf(request.scope);
    const { options = {} } = request;
    switch (request.verb) {
      case 'set':
        return configs.set(serviceLevel, request.value as never, options);
      case 'patch':
        return configs.patch(serviceLevel, request.value as never, options);
      case 'unset':
        return configs.unset(serviceLevel, options);
    }
  }

  function configsOf(scope: Scope): TenantConfigs {
    if (scope === 'global') return store.global();
    const name = scope.slice(scope.indexOf('/') + 1);
    return scope.startsWith('groups/') ? store.group(name) : store.tenant(name);
  }
}
