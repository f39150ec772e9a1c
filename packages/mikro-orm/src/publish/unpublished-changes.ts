import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { type Dialect, placeholders } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
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
import { fromOutboxRow, type RowChange } from '../outbox/row-change.ts';
import type { BatchRecord } from './publish-batch.ts';

/** What finding unpublished changes works with. */
export interface UnpublishedParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly registry: DefinitionRegistry;
  /** Knows the outbox rows that are in Redis and only wait to be deleted. */
  isPublished(outboxId: number): boolean;
  /** The most outbox rows that are published in one step. */
  readonly wholeRows: number;
}

/** A look at the outbox, which a statement that reads rows takes along, or which is a statement of its own. */
export interface EntanglementLook {
  /** A query of one value. */
  readonly sql: string;
  readonly params: readonly unknown[];
  /** What that value says. Undefined where it was cut off. */
  read(value: unknown): boolean | undefined;
  ask(): Promise<boolean>;
}

/** How many outbox rows the value of a look names at most, beside those that were counted: what waits for Redis has no bound. */
const LISTED = 1_000;

/** An outbox row of the transaction that is published, or of another one. */
interface FoundRow {
  readonly id: number;
  readonly isOwn: boolean;
}

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
   * these transactions alone; where they are more, too, undefined.
   */
  async entangledChangesOf(em: EntityManager, transactionIds: readonly string[]): Promise<RowChange[] | undefined> {
    const { wholeRows } = this.#parts;
    const own = await findUnpublished(em, oneOf('transaction_id', transactionIds), wholeRows + 1);
    if (own.length > wholeRows) return undefined;
    return (await this.#connectedChanges(em, own)) ?? this.#fromRows(own);
  }

  /** Ids of the transactions that changed one of these records and are not published. */
  async transactionsOf(definitions: readonly string[], recordIds: readonly string[]): Promise<string[]> {
    const records = both(oneOf('source', definitions), oneOf('record_id', recordIds));
    const rows = await findTransactions(internalFork(this.#parts.orm), records);
    return [...new Set(rows.map(row => row.transactionId))];
  }

  /**
   * Tells whether only the outbox knows what there is to publish after a commit: another unpublished transaction, before this one or
   * after it, changed one of these rows, or the rows have other ids than the driver counted (`RowChange.endsCount`).
   */
  lookFor(
    transactionId: string,
    [definition, records]: readonly [ReplicatedDefinition, readonly BatchRecord[]],
    counted: readonly number[],
  ): EntanglementLook {
    const { orm, dialect, wholeRows } = this.#parts;
    const ids = records.map(record => record.recordId);
    // Triggers may give the connection's next transaction the same id.
    const last = Math.max(...records.map(record => record.version));
    const orCounted = counted.length > 0 ? ` or id in (${placeholders(counted)})` : '';
    const table = ownTable(orm, 'outbox');
    // Written by hand, because it is on the way of every flush.
    const from = `from ${table} where source = ? and record_id in (${placeholders(ids)}) and (transaction_id <> ? or id > ?${orCounted}) and available_at is not null`;
    const params = [definition.name, ...ids, transactionId, last, ...counted];
    const listed = counted.length + LISTED;
    const asText = dialect.listOf(['id', "case when transaction_id = ? then '=' else '+' end"]);
    return {
      sql: `select ${asText} from (select id, transaction_id ${from} limit ${listed}) as tenantry_found`,
      params: [transactionId, ...params],
      read: text => {
        const found = readList(text);
        return found && found.length < listed ? this.#isEntangled(found, counted) : undefined;
      },
      ask: async () => {
        const rows = await selectOwn<{ id: number | string; transaction_id: string }>(
          orm.em,
          `select id, transaction_id ${from} limit ${wholeRows + 1}`,
          params,
        );
        // Whatever they are, they are too many to be told apart here.
        if (rows.length > wholeRows) return true;
        const found = rows.map(row => ({ id: Number(row.id), isOwn: row.transaction_id === transactionId }));
        return this.#isEntangled(found, counted);
      },
    };
  }

  #isEntangled(found: readonly FoundRow[], counted: readonly number[]): boolean {
    const missing = new Set(counted);
    const others = found.filter(row => !row.isOwn || !missing.delete(row.id));
    if (missing.size > 0) countAnew(this.#parts.orm);
    return missing.size > 0 || others.some(row => !this.#parts.isPublished(row.id));
  }

  /** These rows and those of all transactions entangled with theirs; undefined where they are too many. */
  async #connectedChanges(em: EntityManager, own: readonly UnpublishedRow[]): Promise<RowChange[] | undefined> {
    const { isPublished, wholeRows } = this.#parts;
    const most = wholeRows + 1;
    const changes: RowChange[] = [];
    const seenTransactions = new Set<string>();
    const seenRecords = new Set<string>();
    let rows = own;
    let total = 0;
    while (rows.length > 0) {
      total += rows.length;
      if (total > wholeRows) return undefined;
      for (const row of rows) seenTransactions.add(row.transactionId);
      const added = this.#fromRows(rows);
      changes.push(...added);
      const fresh = added.filter(({ definition, recordId }) => !seenRecords.has(definition.ownerOf(recordId)));
      for (const { definition, recordId } of fresh) seenRecords.add(definition.ownerOf(recordId));
      // Its own, of which there is at least one for each record, would be most of what is read.
      const others = both(ofRecords(fresh), not(oneOf('transaction_id', [...seenTransactions])));
      const neighbours = fresh.length === 0 ? [] : await findTransactions(em, others, most);
      if (neighbours.length === most) return undefined;
      const unpublished = neighbours.filter(row => !isPublished(row.id));
      const ids = [...new Set(unpublished.map(row => row.transactionId))];
      rows = ids.length === 0 ? [] : await findUnpublished(em, oneOf('transaction_id', ids), most);
    }
    return changes;
  }

  /** Rows of a definition that is not registered in this process belong to another one. */
  #fromRows(rows: readonly UnpublishedRow[]): RowChange[] {
    return rows.flatMap(row => {
      const definition = this.#parts.registry.named(row.definition);
      return definition ? [fromOutboxRow(row, definition)] : [];
    });
  }
}

/** What `Dialect.listOf` wrote. Each id has its end, and how many there are is known: a list that was cut off is not taken for a whole one. */
function readList(value: unknown): FoundRow[] | undefined {
  const [, count, list = ''] = /^(\d+) ((?:\d+[=+])*)$/.exec(String(value)) ?? [];
  const found = [...list.matchAll(/(\d+)([=+])/g)].map(([, id, end]) => ({ id: Number(id), isOwn: end === '=' }));
  return found.length === Number(count) ? found : undefined;
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

/** MikroORM asks for `auto_increment_increment` once in the life of its driver for MySQL and MariaDB. It asks again. */
function countAnew(orm: MikroORM): void {
  const driver: object = orm.em.getDriver();
  if ('autoIncrementIncrement' in driver) driver.autoIncrementIncrement = undefined;
}
