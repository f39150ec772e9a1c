import {
  type ChangeSet,
  ChangeSetType,
  type EntityManager,
  type EntityMetadata,
  type Transaction,
} from '@mikro-orm/core';
import type { Dialect } from '../../database/dialect.ts';
import { lockHolders, lockRows } from '../../sources/lock-rows.ts';
import type { ReplicatedSource } from '../../sources/replicated-entity.ts';
import type { SourceRegistry } from '../../sources/source-registry.ts';
import type { FlushBuffer } from './flush-buffer.ts';

/**
 * The rows that a flush is about to take out of their tenant or from their primary key, and those it deletes out of
 * others' many-to-many collections. The tenant in memory may be old, and a record that is not removed from the right one would stay there
 * for good; the database empties collections by itself, and says nothing.
 */
export class LeavingRows {
  readonly #registry: SourceRegistry;
  readonly #fromTenant = new Map<ReplicatedSource, string[]>();
  readonly #fromCollections = new Map<EntityMetadata<object>, object[]>();

  constructor(registry: SourceRegistry) {
    this.#registry = registry;
  }

  get isEmpty(): boolean {
    return this.#fromTenant.size + this.#fromCollections.size === 0;
  }

  add(changeSet: ChangeSet<object>): void {
    for (const source of this.#registry.of(changeSet.entity)) {
      const former = source.formerRecordId(changeSet);
      if (former !== undefined || leavesTenant(source, changeSet))
        push(this.#fromTenant, source, former ?? source.recordIdOf(changeSet.entity));
    }
    const meta = changeSet.meta as EntityMetadata<object>;
    if (isDelete(changeSet) && this.#registry.collectionsOf(meta).length > 0)
      push(this.#fromCollections, meta, changeSet.entity);
  }

  /** Reads, under lock and before the change, what the database has. */
  async lock(em: EntityManager, ctx: Transaction | undefined, dialect: Dialect, buffer: FlushBuffer): Promise<void> {
    for (const [source, recordIds] of this.#fromTenant) {
      const { tenant } = source.definition;
      const rows = await lockRows(em, ctx, dialect, source, recordIds, tenant ? [tenant] : []);
      for (const [recordId, row] of rows) buffer.rememberRow(source, recordId, row);
    }
    for (const [meta, removed] of this.#fromCollections) {
      for (const { source, collection } of this.#registry.collectionsOf(meta)) {
        const { tenant } = source.definition;
        const rows = await lockHolders(em, ctx, dialect, source, collection, removed, tenant ? [tenant] : []);
        for (const [recordId, row] of rows) buffer.addCollectionRow(source, recordId, row);
      }
    }
  }
}

function isDelete({ type }: ChangeSet<object>): boolean {
  return type === ChangeSetType.DELETE || type === ChangeSetType.DELETE_EARLY;
}

function leavesTenant({ definition }: ReplicatedSource, changeSet: ChangeSet<object>): boolean {
  const { type, payload } = changeSet;
  if (definition.tenant === undefined) return false;
  if (isDelete(changeSet)) return true;
  return (type === ChangeSetType.UPDATE || type === ChangeSetType.UPDATE_EARLY) && definition.tenant in payload;
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
