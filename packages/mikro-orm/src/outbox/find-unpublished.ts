import type { EntityManager } from '@mikro-orm/core';
import { placeholders } from '../database/dialect.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import type { OutboxRow } from '../tables/outbox.ts';

// Written by hand, because it is on the way of everything that a relay and a backfill publish: MikroORM takes longer to write conditions on a
// batch of rows, and to read what they find, than the database to answer.

/** A condition on outbox rows, as SQL has it. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export function oneOf(column: string, values: readonly unknown[]): Condition {
  // SQL has no empty list.
  if (values.length === 0) return { sql: '1 = 0', params: [] };
  return { sql: `${column} in (${placeholders(values)})`, params: values };
}

export function both(a: Condition, b: Condition): Condition {
  return { sql: `(${a.sql}) and ${b.sql}`, params: [...a.params, ...b.params] };
}

export function not({ sql, params }: Condition): Condition {
  return { sql: `not (${sql})`, params };
}

/** What of an outbox row is read to publish it. */
export type UnpublishedRow = Pick<
  OutboxRow,
  'id' | 'transactionId' | 'definition' | 'recordId' | 'tenant' | 'op' | 'before'
>;

/** Outbox rows that are not dead. */
export async function findUnpublished(em: EntityManager, where: Condition, limit?: number): Promise<UnpublishedRow[]> {
  const before = em.getPlatform().quoteIdentifier('before');
  const columns = `id, transaction_id, source, record_id, tenant, op, ${before}`;
  const rows = await select<RawRow>(em, columns, where, limit);
  return rows.map(({ id, transaction_id, source, record_id, ...row }) => ({
    ...row,
    id,
    transactionId: transaction_id,
    definition: source,
    recordId: record_id,
  }));
}

interface RawRow extends Pick<OutboxRow, 'id' | 'tenant' | 'op' | 'before'> {
  readonly transaction_id: string;
  readonly source: string;
  readonly record_id: string;
}

/** The same rows, and of each only its transaction. */
export async function findTransactions(
  em: EntityManager,
  where: Condition,
  limit?: number,
): Promise<{ readonly id: number; readonly transactionId: string }[]> {
  const rows = await select<Pick<RawRow, 'id' | 'transaction_id'>>(em, 'id, transaction_id', where, limit);
  return rows.map(row => ({ id: Number(row.id), transactionId: row.transaction_id }));
}

function select<Row>(em: EntityManager, columns: string, { sql, params }: Condition, limit?: number): Promise<Row[]> {
  const rows = `select ${columns} from ${ownTable(em, 'outbox')} where (${sql}) and available_at is not null`;
  const some = limit === undefined ? '' : ` limit ${limit}`;
  return selectOwn<Row>(em, rows + some, params, em.getTransactionContext());
}
