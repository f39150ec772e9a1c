import type { BackendConfigs } from '@tenantry/admin';
import type { AnyConfig } from '@tenantry/protocol';
import type { FolderParts } from './folder-parts.ts';

type TenantState = Awaited<ReturnType<BackendConfigs['state']>>;
type ConfigState = TenantState['configs'][number];

/** How a scope stands: the replica in this process has what the folder says, always. */
export function stateOf({ configs, state }: FolderParts, tenant: string, group: string | undefined): TenantState {
  const found = [...configs.values()]
    .filter(({ groups }) => group === undefined || groups.includes(group))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((config): ConfigState => toState(config, state.get(tenant, config)?.latest));
  const groups = [...new Set(found.flatMap(each => each.groups))].sort().map(name => ({
    name,
    ...totalsOf(found.filter(each => each.groups.includes(name))),
  }));
  return { configs: found, groups, total: totalsOf(found) };
}

function toState(
  { name, groups, writePolicy, cache }: AnyConfig,
  latest: { readonly version: number; readonly json: string | undefined } | undefined,
): ConfigState {
  const { version = 0, json } = latest ?? {};
  const isInRedis = json !== undefined && cache === 'replicated' && writePolicy !== 'write-around';
  return {
    ...{ name, groups, policy: writePolicy, isSet: json !== undefined, database: version, redis: version, isInRedis },
    ...{
      dirty: undefined,
      freshForMs: undefined,
      dropsInMs: undefined,
      isMissing: false,
      isBehind: false,
      inSync: true,
    },
    bytes: isInRedis ? Buffer.byteLength(json) : 0,
  };
}

function totalsOf(configs: readonly ConfigState[]): TenantState['total'] {
  return {
    ...{ configs: configs.length, set: configs.filter(({ isSet }) => isSet).length, inSync: configs.length },
    ...{ dirty: 0, missing: 0, behind: 0, bytes: configs.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}
