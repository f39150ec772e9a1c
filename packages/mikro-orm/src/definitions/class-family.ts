import type { EntityMetadata, EntityProperty, MetadataStorage } from '@mikro-orm/core';
import type { ReplicatedEntity } from './replicated-entity.ts';

/** A definition's many-to-many collection whose table has an entity of its own, and that entity's relation to the definition's. */
export interface LinkedBy {
  readonly definition: ReplicatedEntity;
  readonly pivot: EntityMetadata<object>;
  readonly owner: EntityProperty<object>;
}

/** The collections of this definition whose table has an entity of its own. */
export function linksOf(
  definition: ReplicatedEntity,
  hierarchy: readonly EntityMetadata<object>[],
  storage: MetadataStorage,
): LinkedBy[] {
  return definition.collections.flatMap(name => {
    const property = hierarchy
      .map(each => (each.properties as Record<string, EntityProperty<object>>)[name])
      .find(each => each !== undefined);
    const pivot = property && (storage.find(property.pivotEntity as never) as EntityMetadata<object> | undefined);
    if (!pivot) return [];
    const columns = String(property.joinColumns);
    const owner = pivot.relations.find(each => String(each.fieldNames) === columns);
    return owner ? [{ definition, pivot, owner: owner as EntityProperty<object> }] : [];
  });
}

/** What a collection holds. A property's `targetMeta` may be a copy of what the storage has. */
export function targetOf(
  { meta }: ReplicatedEntity,
  collection: string,
  storage: MetadataStorage,
): EntityMetadata<object> {
  const property = meta.props.find(each => each.name === collection);
  return storage.find(property?.targetMeta?.class as never) as EntityMetadata<object>;
}

export function descendsFrom(
  meta: EntityMetadata<object>,
  ancestor: EntityMetadata<object>,
  storage: MetadataStorage,
): boolean {
  for (let each: EntityMetadata<object> | undefined = meta; each; each = parentOf(each, storage)) {
    if (each === ancestor) return true;
  }
  return false;
}

export function parentOf(meta: EntityMetadata<object>, storage: MetadataStorage): EntityMetadata<object> | undefined {
  return meta.extends ? (storage.find(meta.extends as never) as EntityMetadata<object> | undefined) : undefined;
}
