import { type Tenant, TenantryError } from '@tenantry/protocol';
import type { ReplicatedEntity } from './replicated-entity.ts';

/** Whether an error says that a row belongs to no tenant. Such a row is not replicated, and nothing is wrong with it. */
export function belongsNowhere(error: unknown): boolean {
  return error instanceof TenantryError && (error.code === 'TENANT_MISSING' || error.code === 'INVALID_TENANT');
}

/** The tenant of a row, or of the columns that say where it belongs; undefined where it belongs to none. Other errors are thrown. */
export function tenantOfRow(definition: ReplicatedEntity, row: object): Tenant | undefined {
  try {
    return definition.tenantOf(row);
  } catch (error) {
    if (belongsNowhere(error)) return undefined;
    throw error;
  }
}

/** The same for a flush, which must never fail here: publishing the row names the error. Undefined for any error. */
export function tenantIfReadable(definition: ReplicatedEntity, values: object): Tenant | undefined {
  try {
    return definition.tenantOf(values);
  } catch {
    return undefined;
  }
}
