import type { EntityManager } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import { Config } from '../tables/config-tables.ts';
import { inTransaction } from '../write-back/flush-transaction.ts';
import type { ConfigParts } from './config-parts.ts';
import { type ConfigWrite, lockConfigRows } from './config-rows.ts';

/** A row of the tenant's that no config can have: whoever adds one holds it, so that two cannot both be the last to fit. */
const QUOTA_ROW = '@quota';

/** How long, in ms, a place is kept for a write-back that is not flushed: Redis may have lost it. */
export const RESERVED_MS = 3_600_000;

/** `QUOTA_EXCEEDED` where the tenant would have more configs set than it may. The rows that are written are locked. */
export async function checkQuota(
  { dialect, clock, maxConfigsPerTenant }: ConfigParts,
  em: EntityManager,
  tenant: string,
  writes: readonly Pick<ConfigWrite, 'row' | 'json'>[],
  readsCommitted: boolean,
): Promise<void> {
  if (maxConfigsPerTenant === undefined) return;
  const counts = ({ row }: Pick<ConfigWrite, 'row'>) => row.json !== undefined || row.reservedUntil > 0;
  const added = writes.filter(write => !counts(write) && write.json !== undefined).length;
  const removed = writes.filter(write => counts(write) && write.json === undefined).length;
  if (added <= removed) return;
  const now = clock();
  await lockConfigRows(em, dialect, tenant, [QUOTA_ROW], now);
  // A caller's transaction may have begun before others were added: only a locking read sees those.
  const lock = dialect.supportsRowLocks && !readsCommitted ? ' for update' : '';
  const rows: { n: number | string }[] = await em
    .getConnection('write')
    .execute(
      `select 1 as n from tenantry_config where tenant = ? and ((deleted_at is null and (expires_at is null or expires_at > ?)) or reserved_until > ?)${lock}`,
      [tenant, now, now],
      'all',
      em.getTransactionContext(),
    );
  if (rows.length + added - removed > maxConfigsPerTenant)
    throw new TenantryError(
      'QUOTA_EXCEEDED',
      `The tenant has ${rows.length} configs set and may have ${maxConfigsPerTenant}: nothing was written. Unset one, or raise \`maxConfigsPerTenant\`.`,
    );
}

/**
 * Takes places for configs that Redis is about to be told of, all or none: `QUOTA_EXCEEDED` where they do not fit. A place is
 * kept until the write-back is flushed, set or unset, and for an hour where it never is. Whoever finds a config set or its
 * place taken needs no other.
 */
export async function reservePlaces(
  parts: ConfigParts,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<void> {
  const { orm, dialect, clock } = parts;
  const budgetMs = Math.max(...definitions.map(({ databaseTimeoutMs }) => databaseTimeoutMs));
  const names = definitions.map(({ configKey }) => configKey);
  const reserving = inTransaction(orm, dialect, async em => {
    const now = clock();
    const rows = [...(await lockConfigRows(em, dialect, tenant, names, now)).values()];
    const unset = rows.filter(({ json }) => json === undefined);
    if (unset.length === 0) return;
    const writes = unset.map(row => ({ row, json: '' }));
    await checkQuota(parts, em, tenant, writes, true);
    const ids = unset.map(({ id }) => id);
    await em.nativeUpdate(Config, { id: { $in: ids } }, { reservedUntil: now + RESERVED_MS });
  });
  await within(budgetMs, 'Reserving places', reserving).catch(error => {
    throw withoutValues(error, 'Reserving places');
  });
}
