import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { type Dialect, placeholders } from '../database/dialect.ts';
import { deleteOwn, findOwn, selectOwn, updateOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { insertOutboxRows, type NewOutboxRow, Outbox, type OutboxRow } from '../tables/outbox.ts';
import { definitionOf, isList, recordIdsOf, toListRow, versionOf } from './record-list.ts';

/** For each outbox row that is a list: where those of its records stand now that were taken out of it. */
export type SplitLists = ReadonlyMap<number, ReadonlyMap<string, number>>;

/**
 * Gives these records outbox rows of their own, where lists name them: each fails and is tried again by itself. It says nothing new, so it
 * may be done at any time. Their version is still that of the list, since the new id is drawn without the lock of the record's row:
 *
 *   writer:  UPDATE row (lock)  id 8                              COMMIT    publish as 8: must not be older than 9
 *   split:                            id 9 for the record of 7
 */
export async function splitLists(
  orm: MikroORM,
  dialect: Dialect,
  records: readonly { readonly recordId: string; readonly outboxIds: readonly number[] }[],
): Promise<SplitLists> {
  const byId = new Map<number, string[]>();
  for (const { recordId, outboxIds } of records)
    for (const id of outboxIds) {
      const recordIds = byId.get(id);
      if (recordIds) recordIds.push(recordId);
      else byId.set(id, [recordId]);
    }
  const ids = [...byId.keys()];
  const lists = await retryTransaction(orm, dialect, async em => {
    const found = await findOwn(em, Outbox, { id: { $in: ids } }, { fields: ['id', 'definition'] });
    const named = found.filter(isList).map(({ id }) => Number(id));
    if (named.length === 0) return [];
    // Locked: of two that split a list, the second one sees what the first has left.
    if (dialect.supportsRowLocks)
      await selectOwn(
        em,
        `select id from ${ownTable(orm, 'outbox')} where id in (${placeholders(named)}) for update`,
        named,
        em.getTransactionContext(),
      );
    const split: [number, ReadonlyMap<string, number>][] = [];
    for (const list of await findOwn(em, Outbox, { id: { $in: named } }))
      split.push([Number(list.id), await takeOut(em, list, new Set(byId.get(Number(list.id))))]);
    return split;
  });
  return new Map(lists);
}

/** Answers with the outbox ids that these records have from then on. */
async function takeOut(
  em: EntityManager,
  list: OutboxRow,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const named = recordIdsOf(list);
  const gone = named.filter(recordId => wanted.has(recordId));
  const left = named.filter(recordId => !wanted.has(recordId));
  if (gone.length === 0) return new Map();
  if (named.length === 1) return new Map([[named[0] as string, Number(list.id)]]);
  const ids = new Map<string, number>();
  // One by one: ids that were counted could be those of others (`RowChange.endsCount`).
  for (const recordId of gone) {
    const [id] = await insertOutboxRows(em, em.getTransactionContext(), [rowOf(list, [recordId])]);
    ids.set(recordId, id as number);
  }
  const where = { id: list.id };
  const { recordId, before = null } = rowOf(list, left);
  if (left.length === 0) await deleteOwn(em, Outbox, where);
  else await updateOwn(em, Outbox, where, { recordId, before });
  return ids;
}

function rowOf(list: OutboxRow, ids: readonly string[]): NewOutboxRow {
  return toListRow({ ...list, definition: definitionOf(list) }, { ids, version: versionOf(list) });
}
