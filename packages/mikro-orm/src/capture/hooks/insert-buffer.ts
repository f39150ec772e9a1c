import type { EntityManager, Transaction } from '@mikro-orm/core';
import { type LockContext, lockRows } from '../../definitions/lock-rows.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { doubtfulKeys, findStoredKeys } from '../../definitions/stored-keys.ts';
import { LIST_FROM } from '../../outbox/record-list.ts';
import type { CaptureContext } from '../transaction/capture.ts';
import { insertChanges } from '../transaction/enlist-changes.ts';
import type { FlushBuffer } from './flush-buffer.ts';

/** Puts the changes of a flush into the outbox, once every changed row is locked: only then is an id an order. */
export async function insertBuffer(
  { registry, dialect, clock, writesLists }: Pick<CaptureContext, 'registry' | 'dialect' | 'clock' | 'writesLists'>,
  em: EntityManager,
  ctx: Transaction | undefined,
  transactionId: string,
  buffer: FlushBuffer,
): Promise<void> {
  for (const definition of registry.entities()) {
    const written = doubtfulKeys({ em, ctx, dialect }, definition, buffer.writtenKeys(definition));
    if (written.length > 0)
      buffer.respell(definition, written, await findStoredKeys({ em, ctx, dialect }, definition, written));
    await lockOwners({ em, ctx, dialect }, definition, buffer);
  }
  const { changes } = buffer;
  const inLists = changes.length >= LIST_FROM && writesLists();
  await insertChanges(em, ctx, transactionId, changes, clock(), { inLists });
}

/**
 * Locks the rows that the flush changes in tables other than their own. It does so before the flush's first statement: a foreign key
 * lets two transactions share such a row, and then neither could lock it any more.
 *
 *   tx 1: INSERT into the many-to-many table (shares the owner)      lock owner (waits)
 *   tx 2:                        INSERT (shares the owner)                    lock owner (waits)     → one of them is refused
 */
export async function lockOwners(
  context: LockContext,
  definition: ReplicatedEntity,
  buffer: FlushBuffer,
): Promise<void> {
  const recordIds = buffer.unlocked(definition);
  if (recordIds.length === 0) return;
  await lockRows(context, definition, recordIds);
  buffer.locked(definition, recordIds);
}
