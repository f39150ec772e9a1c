import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import type { RedisNames } from '@tenantry/protocol/wire';
import { FILED_GROUPS, FILED_TENANT } from '../files/file-places.ts';
import { groupsRef, layeredConfigs } from './layered-configs.ts';
import { GROUPS, SCOPED_TENANTS } from './scope-addresses.ts';
import { GROUPS_NAME, inScope } from './scopes-state.ts';

/** Finds out which layer of which scope a key of Redis holds; undefined for every other key. */
export function layersHome(names: RedisNames): (key: string) => string | undefined {
  const addresses = [
    ...Object.entries(layeredConfigs).map(([config, { address }]) => ({ config, address })),
    { config: GROUPS_NAME, address: groupsRef.address },
  ];
  const scopes: readonly { readonly scope: string; readonly tenant: Tenant }[] = [
    { scope: 'global', tenant: GLOBAL_TENANT },
    ...[...GROUPS, ...FILED_GROUPS].map(group => ({ scope: `groups/${group}`, tenant: ` ${group}` })),
    ...[...SCOPED_TENANTS, FILED_TENANT].map(tenant => ({ scope: `tenants/${tenant}`, tenant })),
  ];
  const homes = new Map<string, string>();
  for (const { scope, tenant } of scopes)
    for (const { config, address } of addresses)
      homes.set(`${names.of(tenant).keyPrefix}${address}`, inScope(scope, config));
  return key => homes.get(key);
}
