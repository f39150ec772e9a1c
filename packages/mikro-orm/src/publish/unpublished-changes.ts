import type { EntityManager } from '@mikro-orm/core';
import { internalFork } from '../database/internal-fork.ts';
import { findOwn } from '../database/own-queries.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import { ReplicatedConfig } from '../definitions/replicated-config.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import { definitionOf, fromRow, recordsOf } from '../outbox/record-list.ts';
import type { RowChange } from '../outbox/row-change.ts';
import { findLists, readLists } from '../outbox/waiting-lists.ts';
import { notDead, Outbox, type OutboxRow } from '../tables/outbox.ts';
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
    return this.#fromRows(await findOutbox(internalFork(this.#parts.orm), { transactionId }));
  }

  /** The changes of these outbox rows, whatever else their transactions changed. */
  async changesOfRows(em: EntityManager, outboxIds: readonly number[]): Promise<RowChange[]> {
    return this.#fromRows(await findOutbox(em, { id: { $in: outboxIds } }));
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
    const own = await findOutbox(em, { transactionId: { $in: transactionIds } }, undefined, wholeRows + 1);
    if (sizeOf(own) > wholeRows) return 'too many';
    const connected = await this.#connectedChanges(em, own, mostLists);
    return connected === 'too many' ? this.#fromRows(own) : connected;
  }

  /** Ids of the transactions that changed one of these records and are not published. */
  async transactionsOf(definitions: readonly string[], recordIds: readonly string[]): Promise<string[]> {
    const where = { definition: { $in: definitions }, recordId: { $in: recordIds } };
    const rows = await findOutbox(internalFork(this.#parts.orm), where, ['transactionId']);
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
    own: readonly OutboxRow[],
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
      const where = { transactionId: { $in: ids } };
      rows = ids.length === 0 ? [] : await findOutbox(em, where, undefined, wholeRows + 1);
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
    const { isPublished, wholeRows } = this.#parts;
    const isOther = (row: { id: number | string; transactionId: string }) =>
      !seen.has(row.transactionId) && !isPublished(Number(row.id));
    const found = await findOutbox(em, recordsWhere(records), ['transactionId'], wholeRows + 1);
    if (found.length > wholeRows) return 'too many';
    const rows = found.filter(isOther);
    const entities = records.filter(({ definition }) => !(definition instanceof ReplicatedConfig));
    const byName = Map.groupBy(entities, ({ definition }) => definition.name);
    const lists = (await findLists(em, [...byName.keys()])).filter(isOther);
    if (lists.length > mostLists) return 'crowded';
    const named = new Map([...byName].map(([name, some]) => [name, new Set(some.map(({ recordId }) => recordId))]));
    const ids = new Set(rows.map(row => row.transactionId));
    const unread = lists.filter(({ transactionId }) => !ids.has(transactionId)).map(({ id }) => id);
    for await (const { transactionId, definition, recordIds } of readLists(em, unread))
      if (recordIds.some(id => named.get(definition)?.has(id))) ids.add(transactionId);
    return [...ids];
  }

  /** Rows of a definition that is not registered in this process belong to another one. */
  #fromRows(rows: readonly OutboxRow[]): RowChange[] {
    return rows.flatMap(row => {
      const definition = this.#parts.registry.named(definitionOf(row));
      return definition ? fromRow(row, definition) : [];
    });
  }
}

/** How many changes these rows are. */
function sizeOf(rows: readonly OutboxRow[]): number {
  return rows.reduce((sum, row) => sum + recordsOf(row), 0);
}

function recordsWhere(records: readonly { definition: ReplicatedDefinition; recordId: string }[]): object {
  const byDefinition = Map.groupBy(records, record => record.definition);
  const groups = [...byDefinition].map(([definition, group]) => ({
    definition: definition.name,
    recordId: { $in: group.map(each => each.recordId) },
  }));
  return groups.length === 1 ? (groups[0] as object) : { $or: groups };
}

/** Outbox rows that are not dead, without entities around them. */
async function findOutbox(em: EntityManager, where: object, fields?: string[], limit?: number): Promise<OutboxRow[]> {
  if ('$or' in where && (where.$or as unknown[]).length === 0) return [];
  return findOwn(em, Outbox, { ...where, ...notDead() }, { fields, limit });
}
