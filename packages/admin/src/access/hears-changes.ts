import type { Client, HealthReason } from '@tenantry/sdk';

// `refused`: of those that Redis refuses to this user only the first few are named, and the global scope may be one of the others.
const DEAF: ReadonlySet<HealthReason['kind']> = new Set(['redis', 'feed', 'refused', 'closed']);

/** Whether a client hears at once what changes, grants too: asks its memory alone. */
export function hearsChanges(client: Pick<Client, 'health'>): boolean {
  return client.health()?.every(({ kind }) => !DEAF.has(kind)) ?? true;
}
