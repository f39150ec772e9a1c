import {
  type ChangeSet,
  ChangeSetType,
  type Collection,
  type EntityManager,
  type EntityMetadata,
  type EventArgs,
  type EventSubscriber,
  type FlushEventArgs,
  helper,
  ReferenceKind,
  type Transaction,
  type TransactionEventArgs,
} from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { lockRows } from '../../definitions/lock-rows.ts';
import { tenantIfReadable } from '../../definitions/tenant-of-row.ts';
import type { RowChange } from '../../outbox/row-change.ts';
import { newTransactionId, type OutboxRow } from '../../tables/outbox.ts';
import type { CaptureContext, TransactionCapture } from '../transaction/capture.ts';
import { checkSchema } from '../transaction/check-schema.ts';
import { enlistChanges } from '../transaction/enlist-changes.ts';
import { LastListener } from '../transaction/last-listener.ts';
import { endUnbegun, type TransactionEntry, TransactionLog } from '../transaction/transaction-log.ts';
import { DecidedTenants } from './decided-tenants.ts';
import { DepartingRows } from './departing-rows.ts';
import { FlushBuffer } from './flush-buffer.ts';
import { insertBuffer, lockOwners } from './insert-buffer.ts';
import { UpsertedRows } from './upserted-rows.ts';

/**
 * Writes one outbox row per changed record, in the user's transaction and after the changed row is locked:
 *
 *   tx 1: UPDATE row (lock)  outbox id 7  COMMIT
 *   tx 2:       UPDATE row (waits)               (lock)  outbox id 8  COMMIT      → id order is the order of states
 *
 * Inserted before the UPDATE, tx 2 could have drawn 7. The rows of a flush that opens its own transaction are inserted
 * just before its commit; inside an explicit transaction, right after the flush.
 */
export class HookSubscriber implements EventSubscriber, TransactionCapture {
  readonly #context: () => CaptureContext;
  readonly #buffers = new WeakMap<EntityManager, FlushBuffer>();
  readonly #departing = new WeakMap<EntityManager, DepartingRows>();
  readonly #upserted = new UpsertedRows();
  readonly #log = new TransactionLog(() => this.#context().tokens);
  readonly #last = new LastListener(
    { onFlush: args => this.#prepare(args), beforeUpdate: args => this.#beforeUpdate(args) },
    () => this.#context().registry.classes(),
  );
  #decided: DecidedTenants | undefined;
  #warnedOfUpsert = false;

  constructor(context: () => CaptureContext) {
    this.#context = context;
  }

  beforeFlush({ em }: FlushEventArgs): void {
    // What an earlier flush left here was rolled back, unless that flush failed inside a transaction that goes on.
    if (!em.isInTransaction()) this.#buffers.delete(em);
    this.#departing.delete(em);
    this.#last.takeLastPlace(em.getEventManager());
  }

  async #prepare({ em, uow }: FlushEventArgs): Promise<void> {
    const { registry, dialect } = this.#context();
    this.#decided ??= new DecidedTenants(registry);
    await this.#decided.look(em, uow.getChangeSets() as ChangeSet<object>[], dialect);
    const departing = new DepartingRows(registry, this.#decided);
    const created = new Set<object>();
    let touched = false;
    const changeSets = uow.getChangeSets() as ChangeSet<object>[];
    for (const changeSet of changeSets) {
      checkSchema(em, registry, changeSet.entity, changeSet.meta);
      if (changeSet.type === ChangeSetType.CREATE) created.add(changeSet.entity);
      const isLink = registry.linkedBy(changeSet.meta as EntityMetadata<object>).length > 0;
      touched ||= isLink || registry.of(changeSet.entity).length > 0;
      departing.add(changeSet);
    }
    for (const collection of uow.getCollectionUpdates()) departing.addCollection(collection as Collection<object>);
    touched ||= !departing.isEmpty;
    for (const owner of ownersOfChangedCollections(uow)) {
      if (created.has(owner) || registry.of(owner).length === 0) continue;
      checkSchema(em, registry, owner, helper(owner).__meta as EntityMetadata<object>);
      touched = true;
      this.#bufferOf(em).addCollectionOwner(owner);
    }
    if (!touched) return;
    for (const changeSet of changeSets) this.#bufferOf(em).announce(changeSet, created);
    if (!em.isInTransaction() && !em.config.get('implicitTransactions'))
      throw new TenantryError(
        'NOT_ATOMIC',
        'This flush changes replicated rows outside a transaction, so a crash could lose the change for every reader: nothing was written. Wrap it in `em.transactional()`.',
      );
    if (!departing.isEmpty) this.#departing.set(em, departing);
    if (em.isInTransaction()) await this.#lockFirst(em, em.getTransactionContext());
  }

  beforeTransactionStart({ em, transaction }: TransactionEventArgs): void {
    this.#log.beforeStart(em, transaction);
  }

  async afterTransactionStart({ em, transaction }: TransactionEventArgs): Promise<void> {
    if (!transaction) return;
    this.#log.afterStart(em, transaction);
    try {
      await this.#lockFirst(em, transaction);
    } catch (error) {
      await endUnbegun(em, transaction);
      throw error;
    }
  }

  afterCreate(args: EventArgs<object>): void {
    this.#capture(args, 'create');
  }

  afterUpdate(args: EventArgs<object>): void {
    this.#capture(args, 'update');
  }

  afterDelete(args: EventArgs<object>): void {
    this.#capture(args, 'delete');
  }

  /** A hook of the application's own may move the row after all. */
  async #beforeUpdate({ em, entity, changeSet }: EventArgs<object>): Promise<void> {
    const { registry, dialect } = this.#context();
    for (const definition of registry.of(entity)) {
      const { tenant } = definition.sync;
      const original = changeSet?.originalEntity;
      const buffer = this.#bufferOf(em);
      const recordId = definition.recordIdOf(entity);
      if (tenant === undefined || !original || buffer.remembers(definition, recordId)) continue;
      const loaded = definition.loadedValues(entity, original, [tenant]);
      if (tenantIfReadable(definition, loaded) === tenantIfReadable(definition, entity)) continue;
      const context = { em, ctx: em.getTransactionContext(), dialect };
      for (const [id, row] of await lockRows(context, definition, [recordId], [tenant]))
        buffer.rememberRow(definition, id, row);
    }
  }

  async beforeUpsert({ em, entity, meta }: EventArgs<object>): Promise<void> {
    const { registry, dialect } = this.#context();
    checkSchema(em, registry, entity, meta as EntityMetadata<object>);
    await this.#upserted.look({ em, ctx: em.getTransactionContext(), dialect }, registry, entity, meta);
  }

  /** `em.upsert()` runs outside a unit of work, and outside a transaction unless the caller opened one. */
  async afterUpsert({ em, entity }: EventArgs<object>): Promise<void> {
    const { registry, dialect } = this.#context();
    await this.#upserted.lookAgain({ em, ctx: em.getTransactionContext(), dialect });
    const buffer = this.#upserted.changed(em, registry, entity);
    if (buffer.changes.length === 0) return;
    const transaction = em.getTransactionContext();
    if (transaction) return this.#insertInto(em, transaction, buffer);
    if (!this.#warnedOfUpsert)
      this.#context().warn(
        'em.upsert() of a replicated entity outside a transaction: a crash between the two statements loses the change for readers. Wrap it in `em.transactional()`.',
      );
    this.#warnedOfUpsert = true;
    const transactionId = newTransactionId();
    await insertBuffer(this.#context(), em, undefined, transactionId, buffer);
    await this.#context().publish(transactionId, buffer.changes);
  }

  async afterFlush({ em }: FlushEventArgs): Promise<void> {
    const buffer = em.isInTransaction() ? this.#take(em) : undefined;
    if (buffer) await this.#insertInto(em, em.getTransactionContext() as Transaction, buffer);
  }

  async beforeTransactionCommit({ em, transaction }: TransactionEventArgs): Promise<void> {
    const buffer = transaction && this.#take(em);
    if (buffer) await this.#insertInto(em, transaction, buffer);
  }

  /** Committed: from here on nothing may reach the caller as an error. */
  async afterTransactionCommit({ transaction }: TransactionEventArgs): Promise<void> {
    const entry = transaction && this.#log.takeCommitted(transaction);
    if (!entry) return;
    const changes = entry.partlyRolledBack ? undefined : entry.changes;
    const published = await this.#context().publish(entry.transactionId, changes, entry.publishTimeoutMs);
    entry.onPublished?.(published);
  }

  afterTransactionRollback({ em, transaction }: TransactionEventArgs): void {
    this.#buffers.delete(em);
    if (transaction) this.#log.rolledBack(transaction);
  }

  enlist(em: EntityManager, changes: readonly RowChange[]): Promise<TransactionEntry> {
    return enlistChanges(this.#log, em, changes, this.#context().clock());
  }

  changesOf(em: EntityManager): readonly RowChange[] {
    return this.#log.changesOf(em.getTransactionContext() as Transaction);
  }

  #capture({ em, entity, meta, changeSet }: EventArgs<object>, op: OutboxRow['op']): void {
    const { registry } = this.#context();
    if (registry.of(entity).length > 0) this.#bufferOf(em).add(entity, op, changeSet);
    for (const link of registry.linkedBy(meta as EntityMetadata<object>)) this.#bufferOf(em).addLink(link, entity);
  }

  #bufferOf(em: EntityManager): FlushBuffer {
    const known = this.#buffers.get(em);
    if (known) return known;
    const buffer = new FlushBuffer(this.#context().registry);
    this.#buffers.set(em, buffer);
    return buffer;
  }

  #take(em: EntityManager): FlushBuffer | undefined {
    const buffer = this.#buffers.get(em);
    this.#buffers.delete(em);
    return buffer && buffer.changes.length > 0 ? buffer : undefined;
  }

  async #lockFirst(em: EntityManager, transaction: Transaction | undefined): Promise<void> {
    const departing = this.#departing.get(em);
    this.#departing.delete(em);
    const { registry, dialect } = this.#context();
    const context = { em, ctx: transaction, dialect };
    await departing?.lock(context, this.#bufferOf(em));
    const buffer = this.#buffers.get(em);
    if (buffer) for (const definition of registry.entities()) await lockOwners(context, definition, buffer);
  }

  async #insertInto(em: EntityManager, transaction: Transaction, buffer: FlushBuffer): Promise<void> {
    const entry = this.#log.entryOf(transaction);
    await insertBuffer(this.#context(), em, transaction, entry.transactionId, buffer);
    entry.changes.push(...buffer.changes);
  }
}

/** Rows whose many-to-many collection changed, from whichever side. */
function ownersOfChangedCollections(uow: FlushEventArgs['uow']): object[] {
  return uow.getCollectionUpdates().flatMap(collection => {
    if (collection.property.kind !== ReferenceKind.MANY_TO_MANY) return [];
    if (collection.property.owner) return [collection.owner as object];
    const now = collection.getItems(false) as object[];
    const before = (collection.getSnapshot() ?? []) as object[];
    return [...now.filter(item => !before.includes(item)), ...before.filter(item => !now.includes(item))];
  });
}
