import { type ChangeSet, ChangeSetType, type EntityMetadata } from '@mikro-orm/core';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import { type LockContext, lockHolders, lockRows } from '../../definitions/lock-rows.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import type { FlushBuffer } from './flush-buffer.ts';

/**
 * The rows that a flush is about to take out of their tenant or from their primary key, and those it deletes out of
 * others' many-to-many collections. The tenant in memory may be old, and a record that is not removed from the right one would stay there
 * for good; the database empties collections by itself, and says nothing.
 */
export class DepartingRows {
  readonly #registry: DefinitionRegistry;
  readonly #fromTenant = new Map<ReplicatedEntity, string[]>();
  readonly #fromCollections = new Map<EntityMetadata<object>, object[]>();

  constructor(registry: DefinitionRegistry) {
    this.#registry = registry;
  }

  get isEmpty(): boolean {
    return this.#fromTenant.size + this.#fromCollections.size === 0;
  }

  add(changeSet: ChangeSet<object>): void {
    for (const definition of this.#registry.of(changeSet.entity)) {
      const former = definition.formerRecordId(changeSet);
      if (former !== undefined || leavesTenant(definition, changeSet))
        push(this.#fromTenant, definition, former ?? definition.recordIdOf(changeSet.entity));
    }
    const meta = changeSet.meta as EntityMetadata<object>;
    if (isDelete(changeSet) && this.#registry.collectionsOf(meta).length > 0)
      push(this.#fromCollections, meta, changeSet.entity);
  }

  /** Reads, under lock and before the change, what the database has. */
  async lock(context: LockContext, buffer: FlushBuffer): Promise<void> {
    for (const [definition, recordIds] of this.#fromTenant) {
      const { tenant } = definition.sync;
      const rows = await lockRows(context, definition, recordIds, tenant ? [tenant] : []);
      for (const [recordId, row] of rows) buffer.rememberRow(definition, recordId, row);
    }
    for (const [meta, removed] of this.#fromCollections) {
      for (const { definition, collection } of this.#registry.collectionsOf(meta)) {
        const { tenant } = definition.sync;
        const rows = await lockHolders(context, definition, collection, removed, tenant ? [tenant] : []);
        for (const [recordId, row] of rows) buffer.addCollectionRow(definition, recordId, row);
      }
    }
  }
}

function isDelete({ type }: ChangeSet<object>): boolean {
  return type === ChangeSetType.DELETE || type === ChangeSetType.DELETE_EARLY;
}

function leavesTenant({ sync }: ReplicatedEntity, changeSet: ChangeSet<object>): boolean {
  const { type, payload } = changeSet;
  if (sync.tenant === undefined) return false;
  if (isDelete(changeSet)) return true;
  return (type === ChangeSetType.UPDATE || type === ChangeSetType.UPDATE_EARLY) && sync.tenant in payload;
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
