import type { Tenant } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { BEGINNING, encodeReadToken, type ReplicaReader } from '@tenantry/redis';

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
