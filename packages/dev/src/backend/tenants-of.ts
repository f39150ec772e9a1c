import { isOwnTenant } from '@tenantry/protocol/internal';
import type { FolderParts } from './folder-parts.ts';
import { type Page, pageOf } from './pages.ts';

interface TenantsOptions {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly prefix?: string | undefined;
}

/** The tenants that have anything set, or are in a group. */
export function tenantsOf({ state }: Pick<FolderParts, 'state'>, options: TenantsOptions): Page<string> {
  const { prefix = '', ...page } = options;
  const found = new Set<string>();
  for (const { tenant } of state.standing()) if (isOwnTenant(tenant) && tenant.startsWith(prefix)) found.add(tenant);
  return pageOf([...found].sort(), id => id, page);
}
