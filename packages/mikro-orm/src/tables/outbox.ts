import { randomBytes } from 'node:crypto';
import { type EntityManager, EntitySchema, type Transaction } from '@mikro-orm/core';
import { parseVersion } from '@tenantry/protocol/wire';
import { runOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';

/** One committed change that is not yet known to be in Redis. It names a row, never its values. */
export interface OutboxRow {
  /** Auto-increment. Inserted while the changed row is locked, so ids of one row are in the order of its states: the version. */
  id: number | string;
  /** Shared by all rows of one database transaction, so that they become visible together. */
  transactionId: string;
  /** The name of the definition whose row has changed: an entity's, or `@config/` and a config's. */
  definition: string;
  recordId: string;
  /** The tenant after the change (before it, for a delete); null where the change did not know it. */
  tenant: string | null;
  op: 'create' | 'update' | 'delete';
  /** JSON `{ tenant?, addresses?, trace? }`: where the record stood before, where known and different; whose trace it belongs to, where it is traced. */
  before: string | null;
  attempts: number;
  /** The database's clock in ms; a relay leaves the row alone until then. Null: dead. */
  availableAt: number | string | null;
  lastError: string | null;
  /** The writer's clock in ms, only for people to read. */
  createdAt: number | string;
}

/** The longest record id, escaped: with the definition all that an index of InnoDB can hold. */
export const RECORD_ID_LENGTH = 640;

/** The table `tenantry_outbox`, part of the application's own schema and migrations. */
export const Outbox: EntitySchema<OutboxRow> = new EntitySchema<OutboxRow>({
  name: 'TenantryOutbox',
  tableName: 'tenantry_outbox',
  indexes: [
    { name: 'tenantry_outbox_transaction', properties: ['transactionId'] },
    { name: 'tenantry_outbox_record', properties: ['definition', 'recordId'] },
  ],
  properties: {
    id: { fieldName: 'id', type: 'bigint', primary: true, autoincrement: true },
    transactionId: { fieldName: 'transaction_id', type: 'string', length: 24 },
    definition: { fieldName: 'source', type: 'string', length: 128 },
    recordId: { fieldName: 'record_id', type: 'string', length: RECORD_ID_LENGTH },
    tenant: { fieldName: 'tenant', type: 'string', length: 128, nullable: true },
    op: { fieldName: 'op', type: 'string', length: 8 },
    // Not a JSON column: its schema diff is never clean with the MySQL driver on MariaDB.
    before: { fieldName: 'before', type: 'text', nullable: true },
    attempts: { fieldName: 'attempts', type: 'integer', default: 0 },
    availableAt: { fieldName: 'available_at', type: 'bigint', nullable: true },
    lastError: { fieldName: 'last_error', type: 'string', length: 1000, nullable: true },
    createdAt: { fieldName: 'created_at', type: 'bigint' },
  },
});

/** The condition for rows that were not given up on. A new object each time: MikroORM writes into the conditions it is given. */
export const notDead = () => ({ availableAt: { $ne: null } });

/** What a new row has of its own: what is left out is null or nought, and costs nothing. */
export type NewOutboxRow = Omit<OutboxRow, 'id' | 'attempts' | 'lastError' | 'before'> &
  Partial<Pick<OutboxRow, 'before' | 'lastError'>>;

/** A new `transactionId`. */
export function newTransactionId(): string {
  return randomBytes(12).toString('base64url');
}

/**
 * Inserts rows in one statement and answers their ids, in the same order. Fires no hooks. Written by hand, because it is on the way of
 * every flush: MikroORM takes three times as long to write it.
 */
export async function insertOutboxRows(
  em: EntityManager,
  ctx: Transaction | undefined,
  rows: readonly NewOutboxRow[],
): Promise<number[]> {
  if (rows.length === 0) return [];
  const platform = em.getPlatform();
  const rare = (['before', 'lastError'] as const).filter(name => rows.some(row => row[name] !== undefined));
  const columns = ['transaction_id', 'source', 'record_id', 'tenant', 'op', 'available_at', 'created_at'];
  for (const name of rare) columns.push(name === 'before' ? 'before' : 'last_error');
  const params: unknown[] = [];
  const values = rows.map(row => {
    const { transactionId, definition, recordId, tenant, op, availableAt, createdAt } = row;
    params.push(definition, recordId, tenant);
    for (const name of rare) params.push(row[name] ?? null);
    // Of the application's own only as parameters: logs may leave them out. A parameter costs more than what is spelled here.
    return `('${transactionId}', ?, ?, ?, '${op}', ${availableAt}, ${createdAt}${', ?'.repeat(rare.length)})`;
  });
  const names = columns.map(name => platform.quoteIdentifier(name)).join(', ');
  const returning = platform.usesReturningStatement();
  const sql = `insert into ${ownTable(em, 'outbox')} (${names}) values ${values.join(', ')}${returning ? ' returning id' : ''}`;
  const result = await runOwn(em, sql, params, ctx);
  if (returning) return rows.map((_, i) => parseVersion(result.rows?.[i]?.id));
  const step = rows.length > 1 ? await stepOfIds(em, ctx) : 0;
  return rows.map((_, i) => parseVersion(Number(result.insertId) + i * step));
}

/** MySQL and MariaDB tell the id of the first row alone. MikroORM asks once how far apart ids are, for its own inserts, too. */
async function stepOfIds(em: EntityManager, ctx: Transaction | undefined): Promise<number> {
  const driver = em.getDriver() as { getAutoIncrementIncrement?(ctx?: Transaction): Promise<number> };
  return (await driver.getAutoIncrementIncrement?.(ctx)) ?? 1;
}
