import type { AnyConfig } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { findOwn } from '../database/own-queries.ts';
import { withinQuery } from '../database/within-query.ts';
import { Config } from '../tables/config-tables.ts';
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
  const wanted = { tenant, name: { $in: definitions.map(({ configKey }) => configKey) } };
  const rows = await withinQuery(budgetMs, 'Reading configs', signal =>
    findOwn(orm.em, Config, wanted, { signal }),
  ).catch(error => {
    throw withoutValues(error, 'Reading configs');
  });
  const byName = new Map(rows.map(row => [row.name, row]));
  for (const { name, configKey } of definitions) {
    const row = byName.get(configKey);
    if (!row || Number(row.version) === 0) continue;
    const { version, updatedAt, updatedBy, expiresAt } = row;
    found.set(name, {
      version: Number(version),
      json: presentJson(row, clock()),
      updatedAt: Number(updatedAt),
      updatedBy,
      expiresAt: Number(expiresAt ?? 0),
      dirty: false,
    });
  }
  return found;
}
