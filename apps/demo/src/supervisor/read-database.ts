import type { Pool, RowDataPacket } from 'mysql2/promise';
import { refName, refsOfRow, type SourceName } from '../definitions/catalogue.ts';
import { readScopes, type StoredScopes } from './read-scopes.ts';
import { readSettings, type StoredSetting } from './read-settings.ts';

export interface DatabaseRow {
  readonly source: SourceName;
  readonly id: number;
  /** What a reader is meant to get. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What the database says at one moment. */
export interface DatabaseState {
  readonly rows: readonly DatabaseRow[];
  readonly settings: readonly StoredSetting[];
  readonly scopes: StoredScopes;
  /** Changes that are not yet known to be in Redis. */
  readonly waiting: number;
}

// Written out in SQL: what checks the replication must not share its way of reading.
const QUERIES: Readonly<Record<SourceName, string>> = {
  'plan-settings':
    'SELECT id, tenant_id AS tenantId, slug, name, seats, `limits`, price, renews_at AS renewsAt FROM plan_settings ORDER BY id',
  'feature-settings': 'SELECT id, tenant_id AS tenantId, `key`, flags, rollout FROM feature_settings ORDER BY id',
  branding: 'SELECT id, tenant_id AS tenantId, domain, colours, logo_url AS logoUrl FROM branding ORDER BY id',
};
const JSON_COLUMNS = ['limits', 'flags', 'colours'];

export async function readDatabase(pool: Pool): Promise<DatabaseState> {
  const connection = await pool.getConnection();
  try {
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    const rows: DatabaseRow[] = [];
    for (const [source, query] of Object.entries(QUERIES)) {
      const [found] = await connection.query<RowDataPacket[]>(query);
      for (const row of found) rows.push({ source: source as SourceName, id: Number(row.id), values: withJson(row) });
    }
    const settings = await readSettings(connection);
    const scopes = await readScopes(connection);
    const [[outbox]] = await connection.query<RowDataPacket[]>('SELECT COUNT(*) AS waiting FROM tenantry_outbox');
    return { rows, settings, scopes, waiting: Number(outbox?.waiting) };
  } finally {
    await connection.query('COMMIT').catch(() => undefined);
    connection.release();
  }
}

/** MariaDB keeps JSON as text. */
function withJson(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const isText = JSON_COLUMNS.includes(name) && typeof value === 'string';
      return [name, isText ? JSON.parse(value) : value];
    }),
  );
}

/** Whoever has a row or has ever set something. */
export function tenantsOf({ rows, settings }: DatabaseState): Set<string> {
  return new Set([...rows.map(({ values }) => String(values.tenantId)), ...settings.map(({ tenant }) => tenant)]);
}

/** What has to stand under each ref of a row, and nothing else. */
export function expectedValues({ rows }: Pick<DatabaseState, 'rows'>): Map<string, DatabaseRow['values']> {
  return new Map(
    rows.flatMap(({ source, values }) => refsOfRow(source, values).map(request => [refName(request), values] as const)),
  );
}
