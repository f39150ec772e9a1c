import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { Dialect } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { type LoadedRow, loadRows, loadRowsWith } from '../definitions/load-rows.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { RowChange } from '../outbox/row-change.ts';
import { MOST_LISTS } from '../outbox/waiting-lists.ts';
import type { EntanglementLook } from './entanglement-look.ts';
import { type BatchRecord, PublishBatch } from './publish-batch.ts';
import type { TooMany, UnpublishedChanges } from './unpublished-changes.ts';

/** A record of a batch with the row the database has now. All rows of a batch are of one moment. */
export interface PresentRow {
  readonly record: BatchRecord;
  /** As the row spells it; as the change spelled it, where there is no row. */
  readonly recordId: string;
  /** Undefined: the row is gone, or it cannot be read. */
  readonly row: object | undefined;
  /** Why the row cannot be read. */
  readonly error?: unknown;
}

/** What reading works with. */
export interface PresentRowsParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly unpublished: UnpublishedChanges;
}

/**
 * The most outbox rows that are published in one step. A script takes a million arguments and keeps Redis to itself while it runs:
 * half a second for so many.
 */
export const WHOLE_ROWS = 30_000;

/**
 * Reads the rows that are to be published: never as a transaction wrote them, always as they are now, from the primary, in one
 * snapshot, and together with the rows of every entangled transaction. Otherwise readers would see half of
 * that other transaction:
 *
 *   tx 1: changes A                COMMIT
 *   tx 2:                 changes A and C  COMMIT
 *   publisher of tx 1:                             reads A     → shows tx 2's A with the old C
 */
export class PresentRowsReader {
  readonly #parts: PresentRowsParts;

  constructor(parts: PresentRowsParts) {
    this.#parts = parts;
  }

  /** After a commit. One statement is a snapshot by itself, so the common case needs no transaction. */
  async ofCommitted(transactionId: string, changes: readonly RowChange[]): Promise<PresentRow[] | TooMany> {
    const batch = new PublishBatch(changes);
    const [only, ...others] = batch.byDefinition();
    if (only && others.length === 0 && only[0].collections.length === 0) {
      const counted = changes.flatMap(({ endsCount, id }) => (endsCount && id !== undefined ? [id] : []));
      const look = this.#parts.unpublished.lookFor(transactionId, only, counted);
      // A row that is still there, most likely.
      const bringer = changes.find(({ op }) => op !== 'delete') ?? (changes[0] as RowChange);
      const present = await this.#unlessEntangled(batch, only, look, bringer.recordId);
      if (present) return present;
    }
    return this.ofTransactions([transactionId], { mostLists: MOST_LISTS });
  }

  /**
   * The rows and the look for entangled transactions, in one statement where that can be, or one after the other. In one statement both
   * are of one moment. A transaction whose changes are in these rows has its outbox rows in it, too; if they are not there any more, it was
   * published and acknowledged before, as a whole. A transaction that commits later is in neither, and publishes itself: what we read
   * of its records is then refused by its version.
   */
  async #unlessEntangled(
    batch: PublishBatch,
    [definition, records]: readonly [ReplicatedDefinition, readonly BatchRecord[]],
    look: EntanglementLook,
    bringer: string,
  ): Promise<PresentRow[] | 'crowded' | undefined> {
    const em = internalFork(this.#parts.orm);
    const ids = records.map(({ recordId }) => recordId);
    const read = ids.length > TOGETHER ? undefined : await loadRowsWith(em, definition, ids, look, bringer);
    const present = read
      ? records.map(record => toPresent(record, read.rows.get(record.recordId)))
      : await load(em, batch);
    // Looked up after the rows: a transaction that committed between the two reads is then either found here, or
    // was published and acknowledged meanwhile, and then what we read is refused by its version.
    const seen = read?.beside === undefined ? undefined : look.read(read.beside);
    const entanglement = await look.judge(seen ?? (await look.ask()));
    if (entanglement === 'crowded') return 'crowded';
    return entanglement === 'none' ? present : undefined;
  }

  /** The rows of these transactions and of all that are entangled with them. Without `mostLists` it takes its time, and is never `crowded`. */
  async ofTransactions(
    transactionIds: readonly string[],
    { signal, mostLists }: { readonly signal?: AbortSignal | undefined; readonly mostLists?: number } = {},
  ): Promise<PresentRow[] | TooMany> {
    return this.#inOneSnapshot(async em => {
      const changes = await this.#parts.unpublished.entangledChangesOf(em, transactionIds, mostLists);
      return typeof changes === 'string' ? changes : load(em, new PublishBatch(changes));
    }, signal);
  }

  /** The rows that these outbox rows have changed, whatever else their transactions changed. */
  async ofRows(outboxIds: readonly number[], signal?: AbortSignal): Promise<PresentRow[]> {
    return this.#inOneSnapshot(
      async em => load(em, new PublishBatch(await this.#parts.unpublished.changesOfRows(em, outboxIds))),
      signal,
    );
  }

  #inOneSnapshot<T>(read: (em: EntityManager) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return internalFork(this.#parts.orm, signal).transactional(read, this.#parts.dialect.snapshot);
  }
}

/** Each record stands twice in such a statement, and a server takes no statement of more than its largest packet. */
const TOGETHER = 5_000;

async function load(em: EntityManager, batch: PublishBatch): Promise<PresentRow[]> {
  const { records } = batch;
  const loaded = new Map<BatchRecord, LoadedRow>();
  for (const group of Map.groupBy(records, ({ definition }) => definition.readWith ?? definition).values()) {
    const [{ definition }] = group as [BatchRecord, ...BatchRecord[]];
    const ids = group.map(record => record.recordId);
    const rows = await loadRows(em, definition, ids);
    for (const record of group) {
      const row = rows.get(record.recordId);
      if (row) loaded.set(record, row);
    }
  }
  return records.map(record => toPresent(record, loaded.get(record)));
}

function toPresent(record: BatchRecord, loaded: LoadedRow | undefined): PresentRow {
  return { record, recordId: record.recordId, row: undefined, ...loaded };
}
