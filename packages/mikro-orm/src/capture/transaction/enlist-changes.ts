import type { EntityManager, Transaction } from '@mikro-orm/core';
import { type OutboxSignal, signals } from '@tenantry/redis';
import { groupChanges, toRow } from '../../outbox/record-list.ts';
import type { RowChange } from '../../outbox/row-change.ts';
import { insertOutboxRows } from '../../tables/outbox.ts';
import type { TransactionEntry, TransactionLog } from './transaction-log.ts';

const INSERT_BATCH = 1_000;

/** Gives each change its outbox id, which many share where they may be named in lists. The rows that changed are locked by now. */
export async function insertChanges(
  em: EntityManager,
  ctx: Transaction | undefined,
  transactionId: string,
  changes: readonly RowChange[],
  createdAt: number,
  { inLists = false } = {},
): Promise<void> {
  if (signals.outbox.hasSubscribers) trace(transactionId, changes);
  const groups = inLists ? groupChanges(changes) : changes.map(change => [change]);
  for (let i = 0; i < groups.length; i += INSERT_BATCH) {
    const batch = groups.slice(i, i + INSERT_BATCH) as [RowChange][];
    const rows = batch.map(group => toRow(group, transactionId, createdAt));
    const ids = await insertOutboxRows(em, ctx, rows);
    for (const [n, group] of batch.entries()) for (const change of group) change.id = ids[n] as number;
    // Those that are dead are not published.
    const last = batch.findLastIndex(([{ error }]) => !error);
    if (last > 0) (batch[last] as [RowChange])[0].endsCount = true;
  }
}

/** Whoever traces says to which trace the commit belongs: it travels with the first change. */
function trace(transactionId: string, changes: readonly RowChange[]): void {
  const signal: OutboxSignal = { transactionId, changes: changes.length };
  signals.outbox.publish(signal);
  if (signal.trace !== undefined && changes[0]) changes[0].trace = signal.trace;
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
