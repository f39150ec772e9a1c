import type { EntityManager } from '@mikro-orm/core';
import { insertOutboxRows, Outbox } from './outbox.ts';
import { newTransactionId } from './transaction-log.ts';

const NOTHING = { source: '', recordId: '', tenant: null, op: 'update', availableAt: null, createdAt: 0 } as const;

/** Takes one id from the outbox's sequence without leaving a row, in the open transaction. */
export async function drawVersion(em: EntityManager): Promise<number> {
  const ctx = em.getTransactionContext();
  const [version] = (await insertOutboxRows(em, ctx, [{ ...NOTHING, transactionId: newTransactionId() }])) as [number];
  await em.nativeDelete(Outbox, { id: version });
  return version;
}
