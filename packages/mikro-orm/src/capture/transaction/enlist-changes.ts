import type { EntityManager, Transaction } from '@mikro-orm/core';
import { type RowChange, toOutboxRow } from '../../outbox/row-change.ts';
import { insertOutboxRows } from '../../tables/outbox.ts';
import type { TransactionEntry, TransactionLog } from './transaction-log.ts';

const INSERT_BATCH = 1_000;

/** Gives each change its outbox id. The rows that changed are locked by now. */
export async function insertChanges(
  em: EntityManager,
  ctx: Transaction | undefined,
  transactionId: string,
  changes: readonly RowChange[],
  createdAt: number,
): Promise<void> {
  for (let i = 0; i < changes.length; i += INSERT_BATCH) {
    const batch = changes.slice(i, i + INSERT_BATCH);
    const rows = batch.map(change => toOutboxRow(change, transactionId, createdAt));
    const ids = await insertOutboxRows(em, ctx, rows);
    batch.forEach((change, n) => {
      change.id = ids[n] as number;
    });
    // Those that are dead are not published.
    const last = batch.findLastIndex(({ error }) => !error);
    if (last > 0) (batch[last] as RowChange).endsCount = true;
  }
}

/** Changes whose rows the open transaction has locked become visible with everything else it changes. */
export async function enlistChanges(
  log: TransactionLog,
  em: EntityManager,
  changes: readonly RowChange[],
  createdAt: number,
): Promise<TransactionEntry> {
  const transaction = em.getTransactionContext() as Transaction;
  const entry = log.entryOf(transaction);
  await insertChanges(em, transaction, entry.transactionId, changes, createdAt);
  entry.changes.push(...changes);
  return entry;
}
