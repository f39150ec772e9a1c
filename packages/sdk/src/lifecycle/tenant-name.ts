import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';

/** A tenant, in a sentence. */
export function tenantName(tenant: Tenant): string {
  return tenant === GLOBAL_TENANT ? 'the global tenant' : `tenant ${tenant}`;
}
