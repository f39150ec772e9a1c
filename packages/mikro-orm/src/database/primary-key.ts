import {
  BigIntType,
  CharacterType,
  DecimalType,
  type EntityMetadata,
  type EntityProperty,
  EnumType,
  type FilterQuery,
  IntegerType,
  MediumIntType,
  SmallIntType,
  StringType,
  TextType,
  TinyIntType,
  Uint8ArrayType,
  Utils,
} from '@mikro-orm/core';
import { decodeRecordId } from '@tenantry/protocol/wire';

/** The condition that finds the rows with these record ids. */
export function primaryKeyWhere(meta: EntityMetadata<object>, recordIds: readonly string[]): FilterQuery<object> {
  const keys = recordIds.map(id => primaryKeyOf(meta, id));
  const [name, ...more] = meta.primaryKeys as string[];
  if (name !== undefined && more.length === 0)
    return { [name]: { $in: keys.map(key => key[name]) } } as FilterQuery<object>;
  // `(x, y) in ((1, 2), …)`: with thousands of `or`, the databases look at each row of the table with each of them.
  if (meta.getPrimaryProps().every(isPlain))
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
  return !(customType && !UNCONVERTED.has(customType.constructor)) && runtimeTypeOf(property) !== 'Date';
}

const UNCONVERTED: ReadonlySet<unknown> = new Set([
  BigIntType,
  CharacterType,
  DecimalType,
  EnumType,
  IntegerType,
  MediumIntType,
  SmallIntType,
  StringType,
  TextType,
  TinyIntType,
]);

/** The condition that finds the rows after this one in the order of the primary key. */
export function afterPrimaryKey(meta: EntityMetadata<object>, recordId: string): FilterQuery<object> {
  const key = Object.entries(primaryKeyOf(meta, recordId));
  const steps = key.map(([name, value], i) => ({ ...Object.fromEntries(key.slice(0, i)), [name]: { $gt: value } }));
  return { $or: steps } as FilterQuery<object>;
}

export function byPrimaryKey(meta: EntityMetadata<object>): Record<string, 'asc'> {
  return Object.fromEntries(meta.primaryKeys.map(name => [name, 'asc']));
}

/** The primary key behind a record id, in the types the driver wants. */
function primaryKeyOf(meta: EntityMetadata<object>, recordId: string): Record<string, unknown> {
  const parts = decodeRecordId(recordId);
  return Object.fromEntries(meta.getPrimaryProps().map(property => [property.name, takeKey(property, parts)]));
}

function takeKey(property: EntityProperty<object>, parts: string[]): unknown {
  const target = property.targetMeta;
  if (target) {
    const keys = target.getPrimaryProps().map(each => takeKey(each, parts));
    return keys.length === 1 ? keys[0] : keys;
  }
  const text = parts.shift() as string;
  switch (runtimeTypeOf(property)) {
    case 'number':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'Date':
      return new Date(text);
    case 'Buffer':
    case 'Uint8Array':
      return Buffer.from(text, 'hex');
    default:
      return text;
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
