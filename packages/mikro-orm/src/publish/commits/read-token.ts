import { GLOBAL_TENANT, type Tenant, tenantId } from '@tenantry/protocol';
import { groupTenant, withoutValues } from '@tenantry/protocol/internal';
import { BEGINNING, encodeReadToken, type ReplicaReader } from '@tenantry/redis';

/** Whose writes a read token is of: a tenant's, those of a group of tenants, or those of no tenant, which hold for all of them. */
export type ReadTokenOwner = string | number | bigint | { readonly group: string } | undefined;

/** Answers with a read token of what Redis has of a tenant now. `UNAVAILABLE`, `TIMEOUT`. */
export type ReadTokenOf = (tenant: Tenant) => Promise<string>;

/**
 * Looks where the tenant's feed stands. Whatever was in Redis before is at or below that message, so a reader that has heard the message has
 * heard of it: the token need not say which message it was.
 */
export function createReadTokens(reader: Pick<ReplicaReader, 'heads'>): ReadTokenOf {
  return async tenant => {
    const [head] = await reader.heads([tenant]).catch(error => {
      throw withoutValues(error, 'Looking where the feed stands');
    });
    return encodeReadToken(tenant, head ?? BEGINNING);
  };
}

/** `INVALID_TENANT`, `INVALID_GROUP`. */
export function tenantOfOwner(owner: ReadTokenOwner): Tenant {
  if (owner === undefined) return GLOBAL_TENANT;
  return typeof owner === 'object' && owner !== null ? groupTenant(owner.group) : tenantId(owner);
}
