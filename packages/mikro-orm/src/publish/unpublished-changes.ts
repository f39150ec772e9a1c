import type { EntityManager } from '@mikro-orm/core';
import { internalFork } from '../database/internal-fork.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import { ReplicatedConfig } from '../definitions/replicated-config.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import {
  both,
  type Condition,
  findTransactions,
  findUnpublished,
  not,
  oneOf,
  type UnpublishedRow,
} from '../outbox/find-unpublished.ts';
import { definitionOf, fromRow, recordsOf } from '../outbox/record-list.ts';
import type { RowChange } from '../outbox/row-change.ts';
import { findLists, readLists } from '../outbox/waiting-lists.ts';
import { createLook, type EntanglementLook, type LookParts } from './entanglement-look.ts';
import type { BatchRecord } from './publish-batch.ts';

/** What finding unpublished changes works with. */
export interface UnpublishedParts extends LookParts {
  readonly registry: DefinitionRegistry;
}

/** More than one step takes; or so many lists wait that a flush has no time to read them, and leaves its changes to the relay. */
export type TooMany = 'too many' | 'crowded';

/**
 * Finds what is in the outbox and not yet in Redis. Two transactions that changed one record are entangled: published without
 * the other, one would show half of the other's changes.
 */
export class UnpublishedChanges {
  readonly #parts: UnpublishedParts;

  constructor(parts: UnpublishedParts) {
    this.#parts = parts;
  }

  /** All changes of a committed transaction. */
  async changesOf(transactionId: string): Promise<RowChange[]> {
    return this.#fromRows(
      await findUnpublished(internalFork(this.#parts.orm), oneOf('transaction_id', [transactionId])),
    );
  }

  /** The changes of these outbox rows, whatever else their transactions changed. */
  async changesOfRows(em: EntityManager, outboxIds: readonly number[]): Promise<RowChange[]> {
    return this.#fromRows(await findUnpublished(em, oneOf('id', outboxIds)));
  }

  /**
   * The changes of these transactions and of all that are entangled with them. Where that is more than one step takes, those of
   * these transactions alone; where they are more, too, `too many`. `crowded`: more than `mostLists` wait that may name the same records.
   */
  async entangledChangesOf(
    em: EntityManager,
    transactionIds: readonly string[],
    mostLists = Number.POSITIVE_INFINITY,
  ): Promise<RowChange[] | TooMany> {
    const { wholeRows } = this.#parts;
    const own = await findUnpublished(em, oneOf('transaction_id', transactionIds), wholeRows + 1);
    if (sizeOf(own) > wholeRows) return 'too many';
    const connected = await this.#connectedChanges(em, own, mostLists);
    return connected === 'too many' ? this.#fromRows(own) : connected;
  }

  /** Ids of the transactions that changed one of these records and are not published. */
  async transactionsOf(definitions: readonly string[], recordIds: readonly string[]): Promise<string[]> {
    const records = both(oneOf('source', definitions), oneOf('record_id', recordIds));
    const rows = await findTransactions(internalFork(this.#parts.orm), records);
    return [...new Set(rows.map(row => row.transactionId))];
  }

  /** Whether other transactions are entangled with this one, which changed these records. */
  lookFor(
    transactionId: string,
    records: readonly [ReplicatedDefinition, readonly BatchRecord[]],
    counted: readonly number[],
  ): EntanglementLook {
    return createLook(this.#parts, transactionId, records, counted);
  }

  /** These rows and those of all transactions entangled with theirs. */
  async #connectedChanges(
    em: EntityManager,
    own: readonly UnpublishedRow[],
    mostLists: number,
  ): Promise<RowChange[] | TooMany> {
    const { wholeRows } = this.#parts;
    const changes: RowChange[] = [];
    const seenTransactions = new Set<string>();
    const seenRecords = new Set<string>();
    let rows = own;
    let total = 0;
    while (rows.length > 0) {
      total += sizeOf(rows);
      if (total > wholeRows) return 'too many';
      for (const row of rows) seenTransactions.add(row.transactionId);
      const added = this.#fromRows(rows);
      for (const change of added) changes.push(change);
      const fresh = added.filter(({ definition, recordId }) => !seenRecords.has(definition.ownerOf(recordId)));
      for (const { definition, recordId } of fresh) seenRecords.add(definition.ownerOf(recordId));
      const ids = await this.#neighboursOf(em, fresh, seenTransactions, mostLists);
      if (typeof ids === 'string') return ids;
      rows = ids.length === 0 ? [] : await findUnpublished(em, oneOf('transaction_id', ids), wholeRows + 1);
    }
    return changes;
  }

  /** Ids of other transactions that changed one of these records. */
  async #neighboursOf(
    em: EntityManager,
    records: readonly RowChange[],
    seen: ReadonlySet<string>,
    mostLists: number,
  ): Promise<string[] | TooMany> {
    if (records.length === 0) return [];
    const { isPublished, wholeRows } = this.#parts;
    // Its own, of which there is at least one for each record, would be most of what is read.
    const others = both(ofRecords(records), not(oneOf('transaction_id', [...seen])));
    const found = await findTransactions(em, others, wholeRows + 1);
    if (found.length > wholeRows) return 'too many';
    const ids = new Set(found.filter(row => !isPublished(row.id)).map(row => row.transactionId));
    const entities = records.filter(({ definition }) => !(definition instanceof ReplicatedConfig));
    const byName = Map.groupBy(entities, ({ definition }) => definition.name);
    const lists = (await findLists(em, [...byName.keys()])).filter(
      row => !seen.has(row.transactionId) && !isPublished(row.id),
    );
    if (lists.length > mostLists) return 'crowded';
    const named = new Map([...byName].map(([name, some]) => [name, new Set(some.map(({ recordId }) => recordId))]));
    const unread = lists.filter(({ transactionId }) => !ids.has(transactionId)).map(({ id }) => id);
    for await (const { transactionId, definition, recordIds } of readLists(em, unread))
      if (recordIds.some(id => named.get(definition)?.has(id))) ids.add(transactionId);
    return [...ids];
  }

  /** Rows of a definition that is not registered in this process belong to another one. */
  #fromRows(rows: readonly UnpublishedRow[]): RowChange[] {
    return rows.flatMap(row => {
      const definition = this.#parts.registry.named(definitionOf(row));
      return definition ? fromRow(row, definition) : [];
    });
  }
}

/** How many changes these rows are. */
function sizeOf(rows: readonly UnpublishedRow[]): number {
  return rows.reduce((sum, row) => sum + recordsOf(row), 0);
}

function ofRecords(records: readonly { definition: ReplicatedDefinition; recordId: string }[]): Condition {
  const groups = [...Map.groupBy(records, record => record.definition)].map(([definition, group]) =>
    both(
      oneOf('source', [definition.name]),
      oneOf(
        'record_id',
        group.map(({ recordId }) => recordId),
      ),
    ),
  );
  return { sql: groups.map(({ sql }) => `(${sql})`).join(' or '), params: groups.flatMap(({ params }) => params) };
}
