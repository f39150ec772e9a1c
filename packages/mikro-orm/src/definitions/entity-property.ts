import { type EntityProperty, helper, QueryHelper, Reference, ReferenceKind, Utils } from '@mikro-orm/core';
import type { SyncDefinition } from '@tenantry/protocol';

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
    return Utils.isCollection(value) ? value.getItems(false).map(keyOf) : value;
  if (property.kind === ReferenceKind.MANY_TO_ONE || property.kind === ReferenceKind.ONE_TO_ONE) return keyOf(value);
  return unwrapScalar(value);
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
