import {
  type ChangeSet,
  ChangeSetType,
  type Collection,
  type EntityMetadata,
  type EntityProperty,
  helper,
  ReferenceKind,
} from '@mikro-orm/core';
import { fromColumns } from '../../database/key-form.ts';
import type { LinkedBy } from '../../definitions/class-family.ts';
import type { DefinitionRegistry, HeldIn } from '../../definitions/definition-registry.ts';
import { type LockContext, lockHolders, lockLinked, lockReferring, lockRows } from '../../definitions/lock-rows.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import type { DecidedTenants } from './decided-tenants.ts';
import type { FlushBuffer } from './flush-buffer.ts';

/**
 * The rows that a flush is about to take out of their tenant or from their primary key, and those that it changes without
 * having them: the holders of what it deletes or takes out of a collection. The tenant in memory may be old, and a record that
 * is not removed from the right one would stay there for good.
 */
export class DepartingRows {
  readonly #registry: DefinitionRegistry;
  readonly #decided: DecidedTenants;
  readonly #fromTenant = new Map<ReplicatedEntity, string[]>();
  /** Entities, or the keys that they had. */
  readonly #fromCollections = new Map<HeldIn, unknown[]>();
  readonly #fromLinks = new Map<LinkedBy, object[]>();
  /** Owners of one-to-many collections that nobody loaded, by the relation that points at them. */
  readonly #fromOwners = new Map<EntityProperty<object>, object[]>();

  constructor(registry: DefinitionRegistry, decided: DecidedTenants) {
    this.#registry = registry;
    this.#decided = decided;
  }

  get isEmpty(): boolean {
    return this.#fromTenant.size + this.#fromCollections.size + this.#fromLinks.size + this.#fromOwners.size === 0;
  }

  add(changeSet: ChangeSet<object>): void {
    for (const definition of this.#registry.of(changeSet.entity)) {
      const former = definition.formerRecordId(changeSet);
      if (former !== undefined || this.#leavesTenant(definition, changeSet))
        push(this.#fromTenant, definition, former ?? definition.recordIdOf(changeSet.entity));
    }
    if (changeSet.type === ChangeSetType.CREATE) return;
    const meta = changeSet.meta as EntityMetadata<object>;
    for (const link of this.#registry.linkedBy(meta)) push(this.#fromLinks, link, changeSet.entity);
    const held = isDelete(changeSet) ? changeSet.entity : formerKey(changeSet, meta);
    if (held !== undefined)
      for (const each of this.#registry.collectionsOf(meta)) push(this.#fromCollections, each, held);
  }

  /** Nobody in memory knows what the database takes out of a collection that was never loaded. */
  addCollection(collection: Collection<object>): void {
    if (collection.getSnapshot() !== undefined) return;
    const property = collection.property as EntityProperty<object>;
    const owner = collection.owner as object;
    if (property.kind === ReferenceKind.ONE_TO_MANY) {
      if (this.#registry.familyDefinitions(property.targetMeta as EntityMetadata<object>).length > 0)
        push(this.#fromOwners, property, owner);
    } else if (!property.owner) {
      const meta = (owner as { __meta: EntityMetadata<object> }).__meta;
      for (const held of this.#registry.collectionsOf(meta))
        if (held.collection === property.mappedBy) push(this.#fromCollections, held, owner);
    }
  }

  /** Reads, under lock and before the change, what the database has. */
  async lock(context: LockContext, buffer: FlushBuffer): Promise<void> {
    for (const [definition, recordIds] of this.#fromTenant) {
      const rows = await lockRows(context, definition, recordIds, tenantOf(definition));
      for (const [recordId, row] of rows) buffer.rememberRow(definition, recordId, row);
    }
    for (const [{ definition, collection }, removed] of this.#fromCollections) {
      const rows = await lockHolders(context, definition, collection, removed, tenantOf(definition));
      for (const [recordId, row] of rows) buffer.addCollectionRow(definition, recordId, row);
    }
    for (const [{ definition, pivot, owner }, rows] of this.#fromLinks)
      for (const recordId of await lockLinked(context, pivot, owner, rows))
        buffer.addCollectionRow(definition, recordId, {});
    for (const [{ targetMeta, mappedBy }, owners] of this.#fromOwners) {
      for (const definition of this.#registry.familyDefinitions(targetMeta as EntityMetadata<object>)) {
        const rows = await lockReferring(context, definition, mappedBy, owners, tenantOf(definition));
        for (const [recordId, row] of rows) buffer.addCollectionRow(definition, recordId, row);
      }
    }
  }

  #leavesTenant(definition: ReplicatedEntity, changeSet: ChangeSet<object>): boolean {
    const { type, payload } = changeSet;
    const { tenant } = definition.sync;
    if (tenant === undefined) return false;
    if (isDelete(changeSet)) return true;
    const isUpdate = type === ChangeSetType.UPDATE || type === ChangeSetType.UPDATE_EARLY;
    return isUpdate && (tenant in payload || this.#decided.has(definition));
  }
}

const tenantOf = ({ sync: { tenant } }: ReplicatedEntity): string[] => (tenant === undefined ? [] : [tenant]);

function isDelete({ type }: ChangeSet<object>): boolean {
  return type === ChangeSetType.DELETE || type === ChangeSetType.DELETE_EARLY;
}

/** The key that an update takes from a row: the database gives the new one to the collections that hold it, and says nothing. */
function formerKey({ entity, originalEntity, payload }: ChangeSet<object>, meta: EntityMetadata<object>): unknown {
  if (!originalEntity || !meta.primaryKeys.some(name => name in payload)) return undefined;
  const original = originalEntity as Record<string, unknown>;
  const platform = helper(entity).__platform;
  const parts = meta.getPrimaryProps().map(each => fromColumns(each, original[each.name], platform));
  return parts.length === 1 ? parts[0] : parts.flat();
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
