import type { EntityManager, Transaction } from '@mikro-orm/core';
import { lockRows } from '../../definitions/lock-rows.ts';
import { doubtfulKeys, findStoredKeys } from '../../definitions/stored-keys.ts';
import type { CaptureContext } from '../transaction/capture.ts';
import { insertChanges } from '../transaction/enlist-changes.ts';
import type { FlushBuffer } from './flush-buffer.ts';

/** Puts the changes of a flush into the outbox, once every changed row is locked: only then is an id an order. */
export async function insertBuffer(
  { registry, dialect, clock }: Pick<CaptureContext, 'registry' | 'dialect' | 'clock'>,
  em: EntityManager,
  ctx: Transaction | undefined,
  transactionId: string,
  buffer: FlushBuffer,
): Promise<void> {
  for (const definition of registry.entities()) {
    const written = doubtfulKeys({ em, ctx, dialect }, definition, buffer.writtenKeys(definition));
    if (written.length > 0)
      buffer.respell(definition, written, await findStoredKeys({ em, ctx, dialect }, definition, written));
    const recordIds = buffer.unlocked(definition).map(change => change.recordId);
    if (recordIds.length > 0) await lockRows({ em, ctx, dialect }, definition, recordIds);
  }
  await insertChanges(em, ctx, transactionId, buffer.changes, clock());
}
