import {
  type EntityManager,
  type EntityMetadata,
  type EventArgs,
  type EventSubscriber,
  type FlushEventArgs,
  helper,
  type Transaction,
  type TransactionEventArgs,
} from '@mikro-orm/core';
import { isInternal } from '../../database/internal-fork.ts';
import type { RowChange } from '../../outbox/row-change.ts';
import type { CaptureContext, TransactionCapture } from '../transaction/capture.ts';
import { checkSchema } from '../transaction/check-schema.ts';
import { enlistChanges } from '../transaction/enlist-changes.ts';
import { LastListener } from '../transaction/last-listener.ts';
import { endUnbegun, type TransactionEntry, TransactionLog } from '../transaction/transaction-log.ts';

/** What publishing needs where triggers capture. */
export interface TriggerContext extends CaptureContext {
  /** The unpublished transactions that changed this record. */
  transactionsOf(definition: string, recordId: string): Promise<string[]>;
  /** Warns where triggers are missing. Never throws. */
  checkTriggers(): Promise<void>;
}

/**
 * Where the database's triggers capture: tells them the id of each transaction of this ORM at its beginning, so that its changes can be
 * published right after its commit. Which changes these are, only the outbox knows. Whatever was not announced (other
 * programs, statements outside of transactions) is the relay's.
 */
export class TriggerSubscriber implements EventSubscriber, TransactionCapture {
  readonly #context: () => TriggerContext;
  readonly #log = new TransactionLog(() => this.#context().tokens);
  /** What they changed, only the outbox knows; of the others, what was enlisted is all. */
  readonly #announced = new WeakSet<TransactionEntry>();
  readonly #last = new LastListener({ onFlush: args => this.#prepare(args) }, () => []);
  #checked = false;
  /** In the middle of a flush that touches nothing replicated. */
  readonly #indifferent = new WeakSet<EntityManager>();

  constructor(context: () => TriggerContext) {
    this.#context = context;
  }

  beforeFlush({ em }: FlushEventArgs): void {
    this.#last.takeLastPlace(em.getEventManager());
  }

  #prepare({ em, uow }: FlushEventArgs): void {
    const { registry } = this.#context();
    for (const { entity, meta } of uow.getChangeSets())
      checkSchema(em, registry, entity as object, meta as unknown as EntityMetadata<object>);
    for (const { owner } of uow.getCollectionUpdates())
      checkSchema(em, registry, owner, helper(owner).__meta as EntityMetadata<object>);
    const touches =
      uow.getCollectionUpdates().length > 0 ||
      uow.getChangeSets().some(({ entity, meta }) => {
        const own = meta as unknown as EntityMetadata<object>;
        return (
          registry.of(entity as object).length > 0 ||
          registry.collectionsOf(own).length > 0 ||
          registry.linkedBy(own).length > 0
        );
      });
    if (touches) this.#indifferent.delete(em);
    else this.#indifferent.add(em);
  }

  beforeTransactionStart({ em, transaction }: TransactionEventArgs): void {
    this.#log.beforeStart(em, transaction);
  }

  async afterTransactionStart({ em, transaction }: TransactionEventArgs): Promise<void> {
    if (!transaction) return;
    this.#log.afterStart(em, transaction);
    if (isSavepoint(transaction) || this.#indifferent.delete(em) || isInternal(em)) return;
    try {
      await this.#announce(em, transaction);
    } catch (error) {
      this.#log.rolledBack(transaction);
      await endUnbegun(em, transaction);
      throw error;
    }
  }

  afterFlush({ em }: FlushEventArgs): void {
    const transaction = em.getTransactionContext<Transaction>();
    if (!this.#indifferent.delete(em) && transaction) this.#log.changedBeside(transaction);
  }

  /** Committed: from here on nothing may reach the caller as an error. */
  async afterTransactionCommit({ transaction }: TransactionEventArgs): Promise<void> {
    const entry = transaction && this.#log.takeCommitted(transaction);
    if (!entry) return;
    const changes = this.#announced.has(entry) || entry.partlyRolledBack ? undefined : entry.changes;
    const { publish, checkTriggers } = this.#context();
    if (!this.#checked) await checkTriggers();
    this.#checked = true;
    const published = await publish(entry.transactionId, changes, entry.publishTimeoutMs);
    entry.onPublished?.(published);
  }

  async afterTransactionRollback({ em, transaction }: TransactionEventArgs): Promise<void> {
    if (!transaction) return;
    this.#log.rolledBack(transaction);
    // Where nothing of the transaction is left in the outbox, its triggers would give it another id from here on.
    if (isSavepoint(transaction) && this.#log.knows(transaction))
      await this.#announce(em, transaction).catch(() => undefined);
  }

  beforeUpsert({ em, entity, meta }: EventArgs<object>): void {
    checkSchema(em, this.#context().registry, entity, meta as EntityMetadata<object>);
  }

  /** Runs by itself, outside of a transaction unless the caller opened one. */
  async afterUpsert({ em, entity }: EventArgs<object>): Promise<void> {
    const { registry, transactionsOf, publish, tokens } = this.#context();
    const transaction = em.getTransactionContext<Transaction>();
    for (const definition of registry.of(entity)) {
      if (transaction) {
        this.#log.changedBeside(transaction);
        continue;
      }
      // It is written; what cannot be found out now is the relay's.
      const ids = await transactionsOf(definition.name, definition.recordIdOf(entity)).catch(error => {
        tokens.unknown(error);
        return [];
      });
      for (const id of ids) await publish(id, undefined);
    }
  }

  enlist(em: EntityManager, changes: readonly RowChange[]): Promise<TransactionEntry> {
    return enlistChanges(this.#log, em, changes, this.#context().clock());
  }

  changesOf(em: EntityManager): readonly RowChange[] {
    return this.#log.changesOf(em.getTransactionContext() as Transaction);
  }

  async #announce(em: EntityManager, transaction: Transaction): Promise<void> {
    const entry = this.#log.entryOf(transaction);
    this.#announced.add(entry);
    await em
      .getConnection('write')
      .execute('set @tenantry_transaction = ?, @tenantry_statement = 0', [entry.transactionId], 'run', transaction);
  }
}

function isSavepoint(transaction: Transaction): boolean {
  return (transaction as { readonly savepointName?: string }).savepointName !== undefined;
}
