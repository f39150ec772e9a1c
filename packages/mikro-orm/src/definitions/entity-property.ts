import {
  type Collection,
  type EntityProperty,
  helper,
  QueryHelper,
  Reference,
  ReferenceKind,
  Utils,
} from '@mikro-orm/core';
import type { SyncDefinition } from '@tenantry/protocol';
import { dialectOfPlatform } from '../database/dialect.ts';

export function isInverseSide(property: EntityProperty<object>): boolean {
  return (
    (property.kind === ReferenceKind.MANY_TO_MANY || property.kind === ReferenceKind.ONE_TO_ONE) && !property.owner
  );
}

export function isOwnedCollection(property: EntityProperty<object>): boolean {
  return property.kind === ReferenceKind.MANY_TO_MANY;
}

/** Whether its value is part of a record's. */
export function isReplicated(property: EntityProperty<object>, { pick, omit }: SyncDefinition): boolean {
  const isColumn =
    property.persist !== false && property.kind !== ReferenceKind.ONE_TO_MANY && !isInverseSide(property);
  if (!isColumn || property.embedded) return false;
  if (pick) return pick.includes(property.name);
  return !property.hidden && !omit?.includes(property.name);
}

export function isKeyable(property: EntityProperty<object>): boolean {
  const isScalar =
    property.kind === ReferenceKind.SCALAR ||
    property.kind === ReferenceKind.MANY_TO_ONE ||
    property.kind === ReferenceKind.ONE_TO_ONE;
  return (
    isScalar &&
    property.persist !== false &&
    !property.embedded &&
    !isInverseSide(property) &&
    (property.fieldNames?.length ?? 1) === 1
  );
}

/** The scalar behind a key property: a to-one relation counts as the other row's primary key, or the list of its parts. */
export function scalarOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const unwrapped = Reference.isReference(value) ? Reference.unwrapReference(value as object) : value;
  if (!Utils.isEntity(unwrapped, true)) return unwrapScalar(unwrapped);
  const parts = Utils.getPrimaryKeyValues(unwrapped, helper(unwrapped).__meta).flat(Number.POSITIVE_INFINITY);
  return parts.length === 1 ? parts[0] : parts;
}

/** The condition that finds the rows whose property shows one of these texts. Undefined: its column cannot be asked for them. */
export function whereTexts(property: EntityProperty<object>, texts: readonly string[]): object | undefined {
  const [column = property] = property.targetMeta?.getPrimaryProps() ?? [];
  // A custom type may have no value for a text, or keep two texts as one.
  if (column.customType || column.targetMeta) return undefined;
  if (column.runtimeType === 'string') return { [property.name]: { $in: texts } };
  if (column.runtimeType !== 'number') return undefined;
  return { [property.name]: { $in: texts.filter(isWholeNumber).map(Number) } };
}

const isWholeNumber = (text: string) => /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text));

export function replicatedValue(value: unknown, property: EntityProperty<object>): unknown {
  if (value === undefined || value === null) return null;
  const keyOf = property.polymorphTargets ? (row: unknown) => typedKey(row, property) : scalarOf;
  if (property.kind === ReferenceKind.MANY_TO_MANY)
    return Utils.isCollection(value) ? listOfLinks(value, property, keyOf) : value;
  if (property.kind === ReferenceKind.MANY_TO_ONE || property.kind === ReferenceKind.ONE_TO_ONE) return keyOf(value);
  return unwrapScalar(value);
}

/**
 * The keys of the rows that a many-to-many collection holds, in an order that does not depend on how they were read: otherwise one state
 * would have several values, and an audit would tell one of them from another. It is that of the property or its target, where they say
 * one (`orderBy`, `fixedOrder`); that of the many-to-many table's primary key, where the database reads in it; and else that of the keys.
 */
function listOfLinks(
  collection: Collection<object>,
  property: EntityProperty<object>,
  keyOf: (row: unknown) => unknown,
): unknown[] {
  const keys = collection.getItems(false).map(keyOf);
  const isOrdered =
    property.fixedOrder ||
    isOrder(property.orderBy) ||
    isOrder(property.targetMeta?.orderBy as typeof property.orderBy);
  if (isOrdered || dialectOfPlatform(helper(collection.owner).__platform)?.ordersLinks) return keys;
  return keys.sort(compareKeys);
}

const isOrder = (order: EntityProperty<object>['orderBy']): boolean =>
  order !== undefined && Reflect.ownKeys(order).length > 0;

/** Numbers as numbers, all else as text, by its code units. A composite key part by part. */
function compareKeys(one: unknown, other: unknown): number {
  if (!Array.isArray(one) || !Array.isArray(other)) return compareParts(one, other);
  for (const [i, part] of one.entries()) {
    const order = compareParts(part, other[i]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(one: unknown, other: unknown): number {
  if (isNumber(one) && isNumber(other)) return one < other ? -1 : Number(one > other);
  const [a, b] = [textOf(one), textOf(other)];
  return a < b ? -1 : Number(a > b);
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** It refuses no value: a custom type may have made an instance of any class, which the payload can hold. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Of a relation that may point at several classes, the key says nothing without the class: MikroORM's tuple, its word for it first. */
function typedKey(value: unknown, { discriminatorMap }: EntityProperty<object>): unknown {
  const row = Reference.isReference(value) ? Reference.unwrapReference(value as object) : value;
  if (!Utils.isEntity(row, true)) return row;
  return [
    QueryHelper.findDiscriminatorValue(discriminatorMap as never, row.constructor as never),
    scalarOf(row),
  ].flat();
}

/** What a lazy scalar property holds. */
function unwrapScalar(value: unknown): unknown {
  return Utils.isScalarReference(value) ? (value.unwrap() ?? null) : value;
}
