import type { EntityManager } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { GROUPS_NAME, isOwnTenant, TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { selectOwn, updateOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { withinQuery } from '../database/within-query.ts';
import { Config } from '../tables/config-tables.ts';
import type { ConfigParts } from './config-parts.ts';
import { type ConfigWrite, lockConfigRows } from './config-rows.ts';

/**
 * The name of a row that no config can have. A transaction that adds a config to the tenant locks it, so that two of them
 * cannot both take the last place.
 */
const QUOTA_ROW = '@quota';

/** For how many ms a place is kept for a write-back that is not flushed: Redis may have lost it. */
export const RESERVED_MS = 3_600_000;

/**
 * `QUOTA_EXCEEDED` if the tenant would have more configs set than it may. The caller has locked the rows of the writes. The groups of a tenant
 * are none of its configs, and what is set for a group or for all tenants has no quota.
 */
export async function checkQuota(
  { dialect, clock, maxConfigsPerTenant }: ConfigParts,
  em: EntityManager,
  tenant: string,
  writes: readonly Pick<ConfigWrite, 'row' | 'json'>[],
  readsCommitted: boolean,
): Promise<void> {
  if (maxConfigsPerTenant === undefined || !isOwnTenant(tenant)) return;
  const counts = ({ row }: Pick<ConfigWrite, 'row'>) => row.json !== undefined || row.reservedUntil > 0;
  const counted = writes.filter(({ row }) => row.name !== GROUPS_NAME);
  const added = counted.filter(write => !counts(write) && write.json !== undefined).length;
  const removed = counted.filter(write => counts(write) && write.json === undefined).length;
  if (added <= removed) return;
  const now = clock();
  await lockConfigRows(em, dialect, tenant, [QUOTA_ROW], now);
  // A caller's transaction may have begun before other writers added configs: only a locking read sees those.
  const lock = dialect.supportsRowLocks && !readsCommitted ? ' for update' : '';
  const rows = await selectOwn(
    em,
    `select 1 as n from ${ownTable(em, 'config')} where tenant = ? and name <> ? and ((deleted_at is null and (expires_at is null or expires_at > ?)) or reserved_until > ?)${lock}`,
    [tenant, GROUPS_NAME, now, now],
    em.getTransactionContext(),
  );
  if (rows.length + added - removed > maxConfigsPerTenant)
    throw new TenantryError(
      'QUOTA_EXCEEDED',
      `The tenant has ${rows.length} configs set and may have ${maxConfigsPerTenant}: nothing was written. Unset one, or raise \`maxConfigsPerTenant\`.`,
    );
}

/**
 * Takes a place for each config that a write-back is about to set in Redis, all or none: `QUOTA_EXCEEDED` if they do not
 * fit. A place is kept until the write-back is flushed, set or unset; for one that never is, for an hour. A config that is
 * set, or has a place already, needs no other.
 */
export async function reservePlaces(
  parts: ConfigParts,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<void> {
  const { orm, dialect, clock } = parts;
  const budgetMs = Math.max(...definitions.map(({ databaseTimeoutMs }) => databaseTimeoutMs));
  const names = definitions.map(({ configKey }) => configKey);
  const reserve = async (em: EntityManager) => {
    const now = clock();
    const rows = [...(await lockConfigRows(em, dialect, tenant, names, now)).values()];
    const unset = rows.filter(({ json }) => json === undefined);
    if (unset.length === 0) return;
    const writes = unset.map(row => ({ row, json: '' }));
    await checkQuota(parts, em, tenant, writes, true);
    const ids = unset.map(({ id }) => id);
    await updateOwn(em, Config, { id: { $in: ids } }, { reservedUntil: now + RESERVED_MS });
  };
  await withinQuery(budgetMs, 'Reserving places', signal => retryTransaction(orm, dialect, reserve, signal)).catch(
    error => {
      throw withoutValues(error, 'Reserving places', TRY_AGAIN);
    },
  );
}
