import type { EntityManager } from '@mikro-orm/core';
import { findTransactions, findUnpublished, oneOf } from './find-unpublished.ts';
import { definitionOf, listSource, recordIdsOf } from './record-list.ts';

/** Records that one outbox row names. */
export interface WaitingList {
  readonly id: number;
  readonly transactionId: string;
  /** The name of their definition. */
  readonly definition: string;
  readonly recordIds: readonly string[];
}

/** How many lists a flush reads at most: of a thousand records each, half a millisecond of the processor for ten. */
export const MOST_LISTS = 100;
/** So many at once: what waits for Redis has no bound. */
const PAGE = 100;

/**
 * The lists of these definitions that are not dead. Nothing but reading them tells which records they name, and an index cannot: the index
 * knows which of all rows are lists.
 */
export async function findLists(
  em: EntityManager,
  definitions: readonly string[],
  limit?: number,
): Promise<Pick<WaitingList, 'id' | 'transactionId'>[]> {
  if (definitions.length === 0) return [];
  return findTransactions(em, oneOf('source', definitions.map(listSource)), limit);
}

/** What these lists name, those that are still there. */
export async function* readLists(em: EntityManager, ids: readonly number[]): AsyncGenerator<WaitingList> {
  for (let i = 0; i < ids.length; i += PAGE) {
    for (const row of await findUnpublished(em, oneOf('id', ids.slice(i, i + PAGE))))
      yield {
        id: Number(row.id),
        transactionId: row.transactionId,
        definition: definitionOf(row),
        recordIds: recordIdsOf(row),
      };
  }
}
