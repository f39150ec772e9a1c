import { DriverException, type EntityManager, type MikroORM } from '@mikro-orm/core';
import { type Dialect, placeholders } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { primaryKeyWhere } from '../database/primary-key.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import { fromOutboxRow, type RowChange } from '../outbox/row-change.ts';
import { Outbox, type OutboxRow } from '../tables/outbox.ts';
import { type BatchRecord, PublishBatch } from './publish-batch.ts';

/** A batch with the rows the database has now, all of one moment. A record without a row is gone. */
export interface PresentRows {
  readonly batch: PublishBatch;
  readonly rows: ReadonlyMap<BatchRecord, object>;
  /** Records whose row could not even be read. */
  readonly unreadable: ReadonlyMap<BatchRecord, unknown>;
}

/**
 * The most outbox rows that are published in one step. A script takes a million arguments and keeps Redis to itself while it runs:
 * half a second for so many.
 */
export const WHOLE_ROWS = 30_000;

/**
 * Reads what is to be published: never what a transaction wrote, always what is there now, from the primary, in one
 * snapshot, and together with every other unpublished transaction that touched the same rows. Otherwise half of
 * that other transaction would become visible:
 *
 *   tx 1: changes A                COMMIT
 *   tx 2:                 changes A and C  COMMIT
 *   publisher of tx 1:                             reads A     → shows tx 2's A with the old C
 */
export class PresentRowsReader {
  readonly #orm: MikroORM;
  readonly #registry: DefinitionRegistry;
  readonly #dialect: Dialect;
  readonly #isPublished: (outboxId: number) => boolean;
  readonly #wholeRows: number;

  /** `isPublished` knows outbox rows that are in Redis and only wait to be deleted; `wholeRows` is the most that are read at once. */
  constructor(
    orm: MikroORM,
    registry: DefinitionRegistry,
    dialect: Dialect,
    isPublished: (outboxId: number) => boolean,
    wholeRows: number,
  ) {
    this.#orm = orm;
    this.#wholeRows = wholeRows;
    this.#registry = registry;
    this.#dialect = dialect;
    this.#isPublished = isPublished;
  }

  /** After a commit. One statement is a snapshot by itself, so the common case needs no transaction. */
  async ofCommitted(transactionId: string, changes: readonly RowChange[]): Promise<PresentRows | undefined> {
    const batch = new PublishBatch(changes);
    const [only, ...others] = batch.byDefinition();
    if (only && others.length === 0 && only[0].collections.length === 0) {
      const em = this.#orm.em.fork();
      const present = await this.#load(em, batch);
      // Looked up after the rows: a transaction that committed between the two reads is then either found here, or
      // was published and acknowledged meanwhile, and then what we read is refused by its version.
      if (!(await this.#isEntangled(em, transactionId, only))) return present;
    }
    return this.ofTransactions([transactionId]);
  }

  /**
   * Everything unpublished that these transactions, and those they share rows with, have changed. Where that is too much for
   * one step, only these transactions; where they are, undefined.
   */
  async ofTransactions(transactionIds: readonly string[]): Promise<PresentRows | undefined> {
    return this.#inOneSnapshot(async em => {
      const own = await findOutbox(em, { transactionId: { $in: transactionIds } }, undefined, this.#wholeRows + 1);
      if (own.length > this.#wholeRows) return undefined;
      const changes = (await this.#connectedChanges(em, own)) ?? this.#fromRows(own);
      return this.#load(em, new PublishBatch(changes));
    });
  }

  /** What these outbox rows have changed, whatever else their transactions did. */
  async ofRows(outboxIds: readonly number[]): Promise<PresentRows> {
    return this.#inOneSnapshot(async em =>
      this.#load(em, new PublishBatch(this.#fromRows(await findOutbox(em, { id: { $in: outboxIds } })))),
    );
  }

  /** What the outbox has of a committed transaction. */
  async changesOf(transactionId: string): Promise<RowChange[]> {
    return this.#fromRows(await findOutbox(this.#orm.em.fork(), { transactionId }));
  }

  /** Those that changed this record and are not yet published. */
  async transactionsOf(definitions: readonly string[], recordIds: readonly string[]): Promise<string[]> {
    const where = { definition: { $in: definitions }, recordId: { $in: recordIds } };
    const rows = await findOutbox(this.#orm.em.fork(), where, ['transactionId']);
    return [...new Set(rows.map(row => row.transactionId))];
  }

  #inOneSnapshot<T>(read: (em: EntityManager) => Promise<T>): Promise<T> {
    return internalFork(this.#orm).transactional(read, this.#dialect.snapshot);
  }

  /** These rows and those of all transactions entangled with theirs; undefined where they are too many. */
  async #connectedChanges(em: EntityManager, own: readonly OutboxRow[]): Promise<RowChange[] | undefined> {
    const changes: RowChange[] = [];
    const seenTransactions = new Set<string>();
    const seenRecords = new Set<string>();
    let rows = own;
    let total = 0;
    while (rows.length > 0) {
      total += rows.length;
      if (total > this.#wholeRows) return undefined;
      for (const row of rows) seenTransactions.add(row.transactionId);
      const added = this.#fromRows(rows);
      changes.push(...added);
      const fresh = added.filter(({ definition, recordId }) => !seenRecords.has(definition.ownerOf(recordId)));
      for (const { definition, recordId } of fresh) seenRecords.add(definition.ownerOf(recordId));
      const most = this.#wholeRows + 1;
      const neighbours = await findOutbox(em, recordsWhere(fresh), ['transactionId'], most);
      if (neighbours.length === most) return undefined;
      const unpublished = neighbours.filter(row => !this.#isPublished(Number(row.id)));
      const ids = [...new Set(unpublished.map(row => row.transactionId))].filter(id => !seenTransactions.has(id));
      rows = ids.length === 0 ? [] : await findOutbox(em, { transactionId: { $in: ids } }, undefined, most);
    }
    return changes;
  }

  /** Rows of a definition that is not registered in this process belong to another one. */
  #fromRows(rows: readonly OutboxRow[]): RowChange[] {
    return rows.flatMap(row => {
      const definition = this.#registry.named(row.definition);
      return definition ? [fromOutboxRow(row, definition)] : [];
    });
  }

  /** Whether another unpublished transaction, before this one or after it, changed one of these rows. */
  async #isEntangled(
    em: EntityManager,
    transactionId: string,
    [definition, records]: [ReplicatedDefinition, BatchRecord[]],
  ): Promise<boolean> {
    const ids = records.map(record => record.recordId);
    // Triggers may give the connection's next transaction the same id.
    const last = Math.max(...records.map(record => record.version));
    // Written by hand, because it is on the way of every flush.
    const sql = `select id from tenantry_outbox where source = ? and record_id in (${placeholders(ids)}) and (transaction_id <> ? or id > ?) and available_at is not null`;
    const others: Pick<OutboxRow, 'id'>[] = await em
      .getConnection('write')
      .execute(sql, [definition.name, ...ids, transactionId, last]);
    return others.some(row => !this.#isPublished(Number(row.id)));
  }

  async #load(em: EntityManager, batch: PublishBatch): Promise<PresentRows> {
    const rows = new Map<BatchRecord, object>();
    const unreadable = new Map<BatchRecord, unknown>();
    for (const records of Map.groupBy(batch.records, ({ definition }) => definition.readWith ?? definition).values()) {
      const [{ definition }] = records as [BatchRecord, ...BatchRecord[]];
      // Each definition in a memory of its own: one that selects less of the same entity would hide the rest from the other.
      const memory = em.fork({ keepTransactionContext: true });
      const ids = records.map(record => record.recordId);
      try {
        const found = await loadRows(memory, definition, ids);
        const known = new Set(ids);
        // The database takes two ids for one where we see two (`a` and `A`): each is asked for by itself.
        if ([...found.keys()].some(id => !known.has(id)))
          await this.#loadEach(em, definition, records, rows, unreadable);
        for (const record of records) {
          const row = found.get(record.recordId);
          if (row) rows.set(record, row);
        }
      } catch (error) {
        // The database's own trouble is no row's fault: it must not use up anybody's attempts.
        if (error instanceof DriverException) throw error;
        if (records.length === 1) unreadable.set(records[0] as BatchRecord, error);
        else await this.#loadEach(em, definition, records, rows, unreadable);
      }
    }
    return { batch, rows, unreadable };
  }

  /** One row that cannot be read (a custom type that throws) must not hold up the others. */
  async #loadEach(
    em: EntityManager,
    definition: ReplicatedDefinition,
    records: BatchRecord[],
    rows: Map<BatchRecord, object>,
    unreadable: Map<BatchRecord, unknown>,
  ): Promise<void> {
    for (const record of records) {
      try {
        const found = await loadRows(em.fork({ keepTransactionContext: true }), definition, [record.recordId]);
        for (const [recordId, row] of found) {
          record.recordId = recordId;
          rows.set(record, row);
        }
      } catch (error) {
        if (error instanceof DriverException) throw error;
        unreadable.set(record, error);
      }
    }
  }
}

/** Fresh entities by record id, from the primary, without the application's filters. */
async function loadRows(
  em: EntityManager,
  definition: ReplicatedDefinition,
  recordIds: string[],
): Promise<Map<string, object>> {
  const entities = await em.find(definition.meta.class, primaryKeyWhere(definition.meta, recordIds) as never, {
    ...definition.findOptions,
    connectionType: 'write',
  });
  return new Map(entities.map(entity => [definition.recordIdOf(entity), entity]));
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
  const rows = await em.getDriver().find(Outbox as never, { ...where, availableAt: { $ne: null } } as never, {
    ctx: em.getTransactionContext(),
    connectionType: 'write',
    ...(fields ? { fields: fields as never } : {}),
    ...(limit ? { limit } : {}),
  });
  return rows as unknown as OutboxRow[];
}
