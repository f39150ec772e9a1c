import type { EntityManager } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import type { ConfigParts } from './config-parts.ts';
import { type ConfigWrite, lockConfigRows } from './config-rows.ts';

/** A row of the tenant's that no config can have: whoever adds one holds it, so that two cannot both be the last to fit. */
const QUOTA_ROW = '@quota';

/** `QUOTA_EXCEEDED` where the tenant would have more configs set than it may. The rows that are written are locked. */
export async function checkQuota(
  { dialect, clock, maxConfigsPerTenant }: ConfigParts,
  em: EntityManager,
  tenant: string,
  writes: readonly ConfigWrite[],
  readsCommitted: boolean,
): Promise<void> {
  if (maxConfigsPerTenant === undefined) return;
  const added = writes.filter(({ row, json }) => row.json === undefined && json !== undefined).length;
  const removed = writes.filter(({ row, json }) => row.json !== undefined && json === undefined).length;
  if (added <= removed) return;
  const now = clock();
  await lockConfigRows(em, dialect, tenant, [QUOTA_ROW], now);
  // A caller's transaction may have begun before others were added: only a locking read sees those.
  const lock = dialect.supportsRowLocks && !readsCommitted ? ' for update' : '';
  const rows: { n: number | string }[] = await em
    .getConnection('write')
    .execute(
      `select 1 as n from tenantry_config where tenant = ? and deleted_at is null and (expires_at is null or expires_at > ?)${lock}`,
      [tenant, now],
      'all',
      em.getTransactionContext(),
    );
  if (rows.length + added - removed > maxConfigsPerTenant)
    throw new TenantryError(
      'QUOTA_EXCEEDED',
      `The tenant has ${rows.length} configs set and may have ${maxConfigsPerTenant}: nothing was written. Unset one, or raise \`maxConfigsPerTenant\`.`,
    );
}
