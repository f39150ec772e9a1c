import type { EntityManager, Transaction } from '@mikro-orm/core';
import type { RowChange } from '../../outbox/row-change.ts';
import { newTransactionId } from '../../tables/outbox.ts';

/** What one database transaction has put into the outbox so far. */
export interface TransactionEntry {
  readonly transactionId: string;
  readonly changes: RowChange[];
  /** A savepoint was rolled back: some of the changes are gone from the outbox, only the database knows which. */
  partlyRolledBack: boolean;
  /** How long the caller waits for the publish after the commit; undefined: as the option `publish` says. */
  publishTimeoutMs?: number | undefined;
  /** Told after the commit whether everything is in Redis. */
  onPublished?: ((published: boolean) => void) | undefined;
}

/** Told in the flow of calls that gives a transaction changes, or rolls it back. Its commit is published, which tells as much. */
export interface TransactionWatch {
  enlisted(transactionId: string): void;
  rolledBack(transactionId: string): void;
}

type SavepointOf = Transaction & { readonly savepointName?: string };

/**
 * Finds the outermost transaction behind a context. A nested transaction is a savepoint with a context, and often an
 * entity manager, of its own; on MySQL its release is not announced, so nothing may wait for that.
 */
export class TransactionLog {
  readonly #roots = new WeakMap<object, object>();
  readonly #entries = new WeakMap<object, TransactionEntry>();
  readonly #starting = new WeakMap<object, Transaction | undefined>();
  readonly #watch: () => TransactionWatch;

  constructor(watch: () => TransactionWatch) {
    this.#watch = watch;
  }

  /** `parent` is the context a savepoint is about to be made in. */
  beforeStart(em: object, parent: Transaction | undefined): void {
    this.#starting.set(em, parent);
  }

  afterStart(em: object, transaction: Transaction): void {
    const parent = this.#starting.get(em);
    this.#starting.delete(em);
    this.#roots.set(transaction, parent ? this.#rootOf(parent) : transaction);
  }

  /** For changes that are about to be put into it. */
  entryOf(transaction: Transaction): TransactionEntry {
    const root = this.#rootOf(transaction);
    const known = this.#entries.get(root);
    const entry = known ?? { transactionId: newTransactionId(), changes: [], partlyRolledBack: false };
    if (!known) this.#entries.set(root, entry);
    this.#watch().enlisted(entry.transactionId);
    return entry;
  }

  /** It was changed by others than us, its triggers. */
  changedBeside(transaction: Transaction): void {
    if (this.knows(transaction)) this.entryOf(transaction);
  }

  /** What it has changed so far. */
  changesOf(transaction: Transaction): readonly RowChange[] {
    return this.#entries.get(this.#rootOf(transaction))?.changes ?? [];
  }

  /** Whether it has an entry already. */
  knows(transaction: Transaction): boolean {
    return this.#entries.has(this.#rootOf(transaction));
  }

  /** The entry of a transaction that has just been committed as a whole; undefined for a savepoint or where nothing changed. */
  takeCommitted(transaction: SavepointOf): TransactionEntry | undefined {
    if (transaction.savepointName !== undefined) return undefined;
    const entry = this.#entries.get(transaction);
    this.#entries.delete(transaction);
    return entry;
  }

  rolledBack(transaction: SavepointOf): void {
    const entry = this.#entries.get(this.#rootOf(transaction));
    if (!entry) return;
    if (transaction.savepointName === undefined) {
      this.#entries.delete(transaction);
      this.#watch().rolledBack(entry.transactionId);
    } else entry.partlyRolledBack = true;
  }

  #rootOf(transaction: Transaction): object {
    return this.#roots.get(transaction) ?? transaction;
  }
}

/** Nobody rolls back a transaction whose begin fails: its connection would be lost to the pool. */
export async function endUnbegun(em: EntityManager, transaction: Transaction): Promise<void> {
  await em
    .getConnection('write')
    .rollback(transaction)
    // After a deadlock the server has no savepoint left; the reason is the first error.
    .catch(() => undefined);
}
