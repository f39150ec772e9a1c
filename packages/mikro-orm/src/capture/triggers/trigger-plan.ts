import { type EntityMetadata, type EntityProperty, type MetadataStorage, ReferenceKind } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { type KeyColumn, keyColumns, primaryKeyColumns, type Spelling } from './record-id-sql.ts';

/** A column that SQL can spell. */
export interface SpelledColumn {
  readonly name: string;
  readonly spelling: Spelling;
}

/** Which records of a definition a table's rows belong to, and how their key and tenant are found. */
export type TableCapture = OwnRow | PartOfRow | HeldByRows;

interface OfDefinition {
  readonly definition: string;
  /** Undefined: the definition has no tenants. */
  readonly tenant: SpelledColumn | undefined;
}

/** The table's row is the record. */
export interface OwnRow extends OfDefinition {
  readonly kind: 'own';
  readonly key: readonly SpelledColumn[];
  /** Of a table that several classes share: which of its rows are the definition's. */
  readonly discriminator: { readonly column: string; readonly values: readonly string[] } | undefined;
  /** The definition's rows begin in another table: an insert here is not yet one of them. */
  readonly skipsInsert: boolean;
}

/** The table's row belongs to a record that another table begins, whose row orders the record's changes. */
export interface PartOfRow extends OfDefinition {
  readonly kind: 'part';
  /** Columns of this table, in the order of the record's key. */
  readonly key: readonly SpelledColumn[];
  readonly owner: OwnerTable;
  /** A new row shares the owner's by its foreign key, so the owner is locked before. Not so where both rows are one record's. */
  readonly sharesOwner: boolean;
}

/** Records hold this table's rows in a collection, which the database empties by itself when such a row is deleted. */
export interface HeldByRows extends OfDefinition {
  readonly kind: 'held';
  readonly key: readonly string[];
  readonly pivot: {
    readonly table: string;
    readonly ownerColumns: readonly string[];
    readonly heldColumns: readonly string[];
  };
  readonly owner: OwnerTable;
}

export interface OwnerTable {
  readonly table: string;
  readonly key: readonly SpelledColumn[];
}

/** What has to be captured on which table, for all definitions; by the table's metadata. */
export function planTriggers(
  definitions: readonly ReplicatedEntity[],
  storage: MetadataStorage,
): Map<EntityMetadata<object>, TableCapture[]> {
  const plan = new Map<EntityMetadata<object>, TableCapture[]>();
  const add = (meta: EntityMetadata<object>, capture: TableCapture) => {
    if (meta.schema !== undefined)
      throw refused(
        capture.definition,
        `its table ${meta.tableName} is in a schema of its own, out of the outbox's reach`,
      );
    plan.set(meta, [...(plan.get(meta) ?? []), capture]);
  };
  for (const definition of definitions) {
    const all = [...storage] as EntityMetadata<object>[];
    const family = all.filter(
      each => each === definition.meta || each.class.prototype instanceof definition.meta.class,
    );
    const top = definition.meta.root as EntityMetadata<object>;
    const tenant = tenantOf(definition, top);
    const of = { definition: definition.name, tenant };
    const key = spelled(definition.name, 'primary key', primaryKeyColumns(definition.meta));
    const skipsInsert = definition.spansTables && definition.meta !== top;
    add(top, { kind: 'own', ...of, key, discriminator: discriminatorOf(definition, family), skipsInsert });
    const owner = { table: top.tableName, key };
    if (definition.spansTables)
      for (const part of new Set([...lineOf(definition.meta), ...family]))
        if (part !== top)
          add(part, { kind: 'part', ...of, key: ownKey(definition.name, part), owner, sharesOwner: false });
    for (const name of definition.collections) {
      const property = family.map(each => each.properties[name as never] as EntityProperty<object>).find(Boolean);
      if (!property || property.kind !== ReferenceKind.MANY_TO_MANY) continue;
      const pivot = storage.find(property.pivotEntity as never) as EntityMetadata<object>;
      const ownerColumns = property.joinColumns;
      const inPivot = ownerColumns.map((column, i) => ({ ...(key[i] as SpelledColumn), name: column }));
      add(pivot, { kind: 'part', ...of, key: inPivot, owner, sharesOwner: true });
      const held = storage.find(property.targetMeta?.class as never) as EntityMetadata<object>;
      const link = { table: pivot.tableName, ownerColumns, heldColumns: property.inverseJoinColumns };
      for (const each of held.inheritanceType === 'tpt' ? lineOf(held) : [held.root as EntityMetadata<object>])
        add(each, {
          kind: 'held',
          ...of,
          key: primaryKeyColumns(each).map(column => column.name),
          pivot: link,
          owner,
        });
    }
  }
  return plan;
}

/** A table-per-type class and those it extends. */
function lineOf(meta: EntityMetadata<object>): EntityMetadata<object>[] {
  const line: EntityMetadata<object>[] = [];
  for (let each: EntityMetadata<object> | undefined = meta; each; each = each.tptParent) line.push(each);
  return line;
}

function ownKey(definition: string, meta: EntityMetadata<object>): SpelledColumn[] {
  return spelled(definition, 'primary key', primaryKeyColumns(meta));
}

function tenantOf({ name, sync }: ReplicatedEntity, top: EntityMetadata<object>): SpelledColumn | undefined {
  if (sync.tenant === undefined) return undefined;
  const property = top.properties[sync.tenant as never] as EntityProperty<object> | undefined;
  if (!property) throw refused(name, `its tenant stands in another table than ${top.tableName}`);
  return spelled(name, 'tenant', keyColumns(property))[0];
}

function discriminatorOf(
  { meta, spansTables }: ReplicatedEntity,
  family: readonly EntityMetadata<object>[],
): OwnRow['discriminator'] {
  const root = meta.root as EntityMetadata<object>;
  if (spansTables || meta === root || root.discriminatorColumn === undefined) return undefined;
  const property = root.properties[root.discriminatorColumn as never] as EntityProperty<object>;
  const values = family.flatMap(({ discriminatorValue }) =>
    discriminatorValue === undefined ? [] : [String(discriminatorValue)],
  );
  return { column: property.fieldNames[0] as string, values };
}

function spelled(definition: string, what: string, columns: readonly KeyColumn[]): SpelledColumn[] {
  return columns.map(({ name, spelling }) => {
    if (spelling === undefined)
      throw refused(definition, `only JavaScript knows how its ${what} is spelled (column ${name})`);
    return { name, spelling };
  });
}

function refused(definition: string, why: string): TenantryError {
  return new TenantryError(
    'INVALID_DEFINITION',
    `"${definition}" cannot be captured by triggers: ${why}. Leave \`capture\` at 'hooks'.`,
  );
}
