import { TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { presentJson } from '../../configs/config-rows.ts';
import { placeholders } from '../../database/dialect.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { selectOwn } from '../../database/own-queries.ts';
import { ownTable } from '../../database/own-table.ts';
import { withinQuery } from '../../database/within-query.ts';

type Parts = Pick<ConfigParts, 'orm' | 'registry' | 'clock'>;

/** What the database has of a config of a scope. */
export interface StoredRow {
  readonly tenant: string;
  /** The `configKey` of the config. */
  readonly name: string;
  /** The config's name; of one that is not registered here, that of its rows. */
  readonly config: string;
  readonly version: number;
  readonly json: string | undefined;
  readonly updatedAt: number;
  readonly updatedBy: string | null;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** Of the present version; null where the history does not have it any more. */
  readonly origin: string | null;
}

/** The rows of these configs in some scopes, with the origin of each, with one SELECT. */
export function readStoredRows(
  parts: Parts,
  tenants: readonly string[],
  configKeys: readonly string[],
  budgetMs: number,
): Promise<StoredRow[]> {
  if (tenants.length === 0 || configKeys.length === 0) return Promise.resolve([]);
  const where = `c.tenant in (${placeholders(tenants)}) and c.name in (${placeholders(configKeys)})`;
  return select(parts, where, [...tenants, ...configKeys], budgetMs);
}

/** The configs that are set, and whose present version is of an origin that begins so: by scope and name. */
export async function readRowsOfOrigin(
  parts: Parts,
  prefix: string,
  after: { readonly tenant: string; readonly name: string },
  limit: number,
  budgetMs: number,
): Promise<StoredRow[]> {
  const { tenant, name } = after;
  // Not as a range: by the collation of the column `;` may come before `:`.
  const where = `c.deleted_at is null and c.value is not null and substr(r.origin, 1, ${[...prefix].length}) = ?
    and (c.tenant > ? or (c.tenant = ? and c.name > ?)) order by c.tenant, c.name limit ${limit}`;
  return select(parts, where, [prefix, tenant, tenant, name], budgetMs);
}

interface ColumnRow {
  readonly tenant: string;
  readonly name: string;
  readonly value: string | null;
  readonly version: number | string;
  readonly expires_at: number | string | null;
  readonly deleted_at: number | string | null;
  readonly updated_at: number | string;
  readonly updated_by: string | null;
  readonly origin: string | null;
}

async function select(parts: Parts, where: string, params: readonly unknown[], budgetMs: number): Promise<StoredRow[]> {
  const { orm, registry, clock } = parts;
  const sql = `select c.tenant, c.name, c.value, c.version, c.expires_at, c.deleted_at, c.updated_at, c.updated_by, r.origin
    from ${ownTable(orm, 'config')} c left join ${ownTable(orm, 'config_revision')} r
      on r.tenant = c.tenant and r.name = c.name and r.version = c.version where ${where}`;
  const rows = await withinQuery(budgetMs, 'Reading configs', signal =>
    selectOwn<ColumnRow>(internalFork(orm, signal), sql, params, undefined, signal),
  ).catch(error => {
    throw withoutValues(error, 'Reading configs', TRY_AGAIN);
  });
  return rows
    .filter(({ version }) => Number(version) > 0)
    .map(row => ({
      tenant: row.tenant,
      name: row.name,
      config: registry.configOfRows(row.name)?.name ?? row.name,
      version: Number(row.version),
      json: presentJson({ value: row.value, deletedAt: row.deleted_at, expiresAt: row.expires_at }, clock()),
      updatedAt: Number(row.updated_at),
      updatedBy: row.updated_by,
      expiresAt: Number(row.expires_at ?? 0),
      origin: row.origin,
    }));
}
