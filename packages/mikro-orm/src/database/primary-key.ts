import {
  BlobType,
  BooleanType,
  DateType,
  type EntityMetadata,
  type EntityProperty,
  type FilterQuery,
  type Platform,
  Uint8ArrayType,
  Utils,
  UuidType,
} from '@mikro-orm/core';
import { decodeRecordId, encodeRecordId } from '@tenantry/protocol/wire';
import { fromColumns, isBuiltIn, scalarsOf, toColumns, toCondition } from './key-form.ts';

/** The condition that finds the rows with these record ids. */
export function primaryKeyWhere(
  meta: EntityMetadata<object>,
  recordIds: readonly string[],
  platform: Platform,
): FilterQuery<object> {
  const keys = recordIds.map(id => primaryKeyOf(meta, id, platform));
  const [name, ...more] = meta.primaryKeys as string[];
  if (name !== undefined && more.length === 0)
    return { [name]: { $in: keys.map(key => key[name]) } } as FilterQuery<object>;
  // `(x, y) in ((1, 2), …)`: with thousands of `or`, the databases look at each row of the table with each of them.
  if (meta.getPrimaryProps().every(isPlain) && !keys.some(key => hasLongNumber(Object.values(key))))
    return {
      [Utils.getPrimaryKeyHash(meta.primaryKeys)]: { $in: keys.map(key => meta.primaryKeys.map(each => key[each])) },
    } as FilterQuery<object>;
  return { $or: keys } as FilterQuery<object>;
}

/** One column, whose value the driver takes as it is: in row values MikroORM converts nothing. */
function isPlain(property: EntityProperty<object>): boolean {
  const { targetMeta, customType, fieldNames } = property;
  if (fieldNames.length !== 1) return false;
  if (targetMeta) return targetMeta.getPrimaryProps().every(isPlain);
  if (customType && (!isBuiltIn(property) || CONVERTED.has(customType.constructor))) return false;
  return runtimeTypeOf(property) !== 'Date';
}

const CONVERTED: ReadonlySet<unknown> = new Set([BlobType, BooleanType, DateType, Uint8ArrayType, UuidType]);

/** In row values the databases compare a number that is bound as text by its double, which is not exact beyond 15 digits. */
export function hasLongNumber(key: readonly unknown[]): boolean {
  return key.flat().some(value => /^-?[\d.]{16,}$/.test(String(value)));
}

/** The condition that finds the rows after this one in the order of the primary key. */
export function afterPrimaryKey(
  meta: EntityMetadata<object>,
  recordId: string,
  platform: Platform,
): FilterQuery<object> {
  const key = Object.entries(primaryKeyOf(meta, recordId, platform));
  const steps = key.map(([name, value], i) => ({ ...Object.fromEntries(key.slice(0, i)), [name]: { $gt: value } }));
  return { $or: steps } as FilterQuery<object>;
}

export function byPrimaryKey(meta: EntityMetadata<object>): Record<string, 'asc'> {
  return Object.fromEntries(meta.primaryKeys.map(name => [name, 'asc']));
}

/** One column of a primary key, with its value as the column keeps it. */
export interface KeyPart {
  readonly column: string;
  readonly property: EntityProperty<object>;
  readonly value: unknown;
}

/** The columns behind a record id. */
export function keyPartsOf(meta: EntityMetadata<object>, recordId: string, platform: Platform): KeyPart[] {
  const texts = decodeRecordId(recordId);
  return meta.getPrimaryProps().flatMap(property => {
    const values = [toColumns(property, takeKey(property, texts, platform), platform)].flat();
    const scalars = scalarsOf(property);
    return property.fieldNames.map((column, i) => ({ column, property: scalars[i] ?? property, value: values[i] }));
  });
}

/** The primary key behind a record id, as it stands in a condition. */
function primaryKeyOf(meta: EntityMetadata<object>, recordId: string, platform: Platform): Record<string, unknown> {
  const parts = decodeRecordId(recordId);
  return Object.fromEntries(
    meta
      .getPrimaryProps()
      .map(property => [property.name, toCondition(property, takeKey(property, parts, platform), platform)]),
  );
}

function takeKey(property: EntityProperty<object>, parts: string[], platform: Platform): unknown {
  const target = property.targetMeta;
  if (target) {
    const keys = target.getPrimaryProps().map(each => takeKey(each, parts, platform));
    return keys.length === 1 ? keys[0] : keys;
  }
  const text = parts.shift() as string;
  const read = READ[runtimeTypeOf(property)] ?? asText;
  if (!property.customType || isBuiltIn(property)) return read(text);
  // The metadata has the type of the column where the application's own type names none.
  const readings = [read, asText, BigInt, ...Object.values(READ)].map(each =>
    ifWritten(property, each, text, platform),
  );
  return readings.find(value => value !== undefined) ?? text;
}

const asText = (text: string): unknown => text;

/** What a key's text may be in JavaScript. */
const READ: Readonly<Record<string, (text: string) => unknown>> = {
  number: Number,
  boolean: text => text === 'true',
  Date: text => new Date(text),
  Buffer: text => Buffer.from(text, 'hex'),
  Uint8Array: text => Buffer.from(text, 'hex'),
};

/** A reading that the application's own type takes, and gives back as the same key. */
function ifWritten(
  property: EntityProperty<object>,
  read: (text: string) => unknown,
  text: string,
  platform: Platform,
): unknown {
  try {
    const value = read(text);
    const again = fromColumns(property, toColumns(property, value, platform), platform);
    return encodeRecordId([again]) === encodeRecordId([text]) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** MikroORM does not know it where the column's type was given by hand. */
function runtimeTypeOf({ customType, runtimeType, columnTypes }: EntityProperty<object>): string {
  if (customType instanceof Uint8ArrayType) return 'Buffer';
  if (runtimeType !== ('unknown' as string) || customType) return runtimeType;
  const [column = ''] = columnTypes;
  if (/binary|blob|bytea/i.test(column)) return 'Buffer';
  return /^(datetime|timestamp)/i.test(column) ? 'Date' : runtimeType;
}
