import type { MikroORM } from '@mikro-orm/core';
import { type Dialect, placeholders } from '../database/dialect.ts';
import { runOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { retryTransaction } from '../database/retry-transaction.ts';

const DELAY_MS = 50;
const BATCH = 500;

/**
 * Deletes outbox rows that are in Redis: in batches, off the hot path. What a crash leaves behind is published again
 * by the relay, and changes nothing.
 */
export class Acknowledger {
  readonly #orm: MikroORM;
  readonly #dialect: Dialect;
  readonly #onError: (error: unknown) => void;
  readonly #pending = new Set<number>();
  /** Those that were deleted last, here and by a relay. */
  #deleted: ReadonlySet<number> = new Set();
  #deletedAtOnce: ReadonlySet<number> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(orm: MikroORM, dialect: Dialect, onError: (error: unknown) => void) {
    this.#orm = orm;
    this.#dialect = dialect;
    this.#onError = onError;
  }

  add(ids: readonly number[]): void {
    for (const id of ids) this.#pending.add(id);
    // Never keeps the process alive: the relay does it otherwise.
    this.#timer ??= setTimeout(() => void this.flush(), DELAY_MS).unref();
  }

  /**
   * In Redis, and perhaps still in the outbox. Also just after the delete, for a statement that read the outbox before it:
   *
   *   look:    reads the outbox              is answered → published?
   *   here:                       deletes
   */
  isPublished(id: number): boolean {
    return this.#pending.has(id) || this.#deleted.has(id) || this.#deletedAtOnce.has(id);
  }

  /** For a relay, which publishes again what this rejects for. */
  deleteAtOnce(ids: readonly number[]): Promise<void> {
    this.#deletedAtOnce = new Set(ids);
    return deleteOutboxRows(
      this.#orm,
      this.#dialect,
      [...ids].sort((a, b) => a - b),
    );
  }

  /** Settles when everything added so far is deleted, or was given up to the relay. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#running.then(() => this.#deleteAll()).catch(this.#onError);
    return this.#running;
  }

  async #deleteAll(): Promise<void> {
    const ids = [...this.#pending].sort((a, b) => a - b);
    // A closed ORM would silently connect again and keep the process alive.
    if (ids.length === 0) return;
    if (!(await this.#orm.isConnected())) return this.#pending.clear();
    this.#deleted = new Set(ids);
    for (let i = 0; i < ids.length; i += BATCH) {
      const batch = ids.slice(i, i + BATCH);
      // Forgotten in any case: what could not be deleted is the relay's.
      await deleteOutboxRows(this.#orm, this.#dialect, batch).finally(() => {
        for (const id of batch) this.#pending.delete(id);
      });
    }
  }
}

/** At READ COMMITTED: a gap lock here could make a deadlock of a user's insert into the outbox. */
export async function deleteOutboxRows(orm: MikroORM, dialect: Dialect, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  // Written by hand: MikroORM takes seven times as long to write it, for every row that is published.
  const sql = `delete from ${ownTable(orm, 'outbox')} where id in (${placeholders(ids)})`;
  await retryTransaction(orm, dialect, em => runOwn(em, sql, ids, em.getTransactionContext()));
}
