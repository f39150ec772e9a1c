import type { AnyConfig } from '@tenantry/protocol';
import { TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { placeholders } from '../database/dialect.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { withinQuery } from '../database/within-query.ts';
import type { ConfigRow } from '../tables/config-tables.ts';
import type { ConfigParts } from './config-parts.ts';
import { presentJson } from './config-rows.ts';

/** A config as the database has it. */
export interface ReadConfig {
  readonly version: number;
  /** Undefined: it is not set, or has expired. */
  readonly json: string | undefined;
  readonly updatedAt: number;
  readonly updatedBy: string | null;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  readonly dirty: false;
}

/**
 * Reads a tenant's rows of these configs, by the configs' names: from the primary, and within the caller's open transaction
 * if there is one. A config that never was set is left out.
 */
export async function readConfigRows(
  { orm, clock }: Pick<ConfigParts, 'orm' | 'clock'>,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<ReadonlyMap<string, ReadConfig>> {
  const found = new Map<string, ReadConfig>();
  if (definitions.length === 0) return found;
  const budgetMs = Math.max(...definitions.map(({ databaseTimeoutMs }) => databaseTimeoutMs));
  const keys = [...new Set(definitions.map(({ configKey }) => configKey))];
  // By hand: a query that MikroORM builds costs twice as much as the database's answer.
  const sql = `select name, value, version, expires_at, deleted_at, updated_at, updated_by from ${ownTable(orm, 'config')}
    where tenant = ? and name in (${placeholders(keys)})`;
  const ctx = orm.em.getTransactionContext();
  const rows = await withinQuery(budgetMs, 'Reading configs', signal =>
    selectOwn<ColumnRow>(orm.em, sql, [tenant, ...keys], ctx, signal),
  ).catch(error => {
    throw withoutValues(error, 'Reading configs', TRY_AGAIN);
  });
  const byName = new Map(rows.map(row => [row.name, row]));
  for (const { name, configKey } of definitions) {
    const row = byName.get(configKey);
    if (!row || Number(row.version) === 0) continue;
    const { version, updated_at: updatedAt, updated_by: updatedBy, expires_at: expiresAt, deleted_at: deletedAt } = row;
    found.set(name, {
      version: Number(version),
      json: presentJson({ value: row.value, deletedAt, expiresAt }, clock()),
      updatedAt: Number(updatedAt),
      updatedBy,
      expiresAt: Number(expiresAt ?? 0),
      dirty: false,
    });
  }
  return found;
}

/** A row under the names of its columns. */
interface ColumnRow extends Pick<ConfigRow, 'name' | 'value' | 'version'> {
  readonly expires_at: ConfigRow['expiresAt'];
  readonly deleted_at: ConfigRow['deletedAt'];
  readonly updated_at: ConfigRow['updatedAt'];
  readonly updated_by: ConfigRow['updatedBy'];
}
