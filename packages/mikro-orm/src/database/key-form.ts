import {
  BigIntType,
  BlobType,
  BooleanType,
  CharacterType,
  DateType,
  DecimalType,
  type EntityProperty,
  EnumType,
  IntegerType,
  MediumIntType,
  type Platform,
  SmallIntType,
  StringType,
  TextType,
  TinyIntType,
  Uint8ArrayType,
  Utils,
  UuidType,
} from '@mikro-orm/core';

// A key has two forms: the one that the application and readers see (a uuid as text), and the one of its columns (16 bytes). A
// custom type makes one of the other. Values that differ only by form must never be compared.

/** The properties that a key's columns belong to: itself, or of a relation those of the other row's key, in its order. */
export function scalarsOf(property: EntityProperty<object>): EntityProperty<object>[] {
  return property.targetMeta ? property.targetMeta.getPrimaryProps().flatMap(scalarsOf) : [property];
}

/** As the columns keep it: one value, or the list of them where there are several columns. */
export function toColumns(property: EntityProperty<object>, value: unknown, platform: Platform): unknown {
  return converted(property, value, ({ customType }, part) =>
    customType ? customType.convertToDatabaseValue(part, platform, { mode: 'query', fromQuery: true }) : part,
  );
}

/** The reverse: of what a driver gives, or MikroORM remembers. A relation becomes the other row's key, or the list of its parts. */
export function fromColumns(property: EntityProperty<object>, value: unknown, platform: Platform): unknown {
  return converted(property, value, ({ customType, runtimeType }, part) => {
    if (customType) return customType.convertToJSValue(part, platform);
    return runtimeType === 'Date' && typeof part === 'string' ? platform.parseDate(part) : part;
  });
}

/** As it stands in a condition for MikroORM, which converts the key of one column by itself, and no other. */
export function toCondition(property: EntityProperty<object>, value: unknown, platform: Platform): unknown {
  const convertsItself = scalarsOf(property).length === 1 && property.customType !== undefined;
  return convertsItself ? value : toColumns(property, value, platform);
}

function converted(
  property: EntityProperty<object>,
  value: unknown,
  convert: (scalar: EntityProperty<object>, part: unknown) => unknown,
): unknown {
  const one = (scalar: EntityProperty<object>, part: unknown) =>
    part === null || part === undefined ? part : convert(scalar, part);
  const [scalar = property, ...more] = scalarsOf(property);
  if (more.length === 0) return one(scalar, Array.isArray(value) && value.length === 1 ? value[0] : value);
  if (!Array.isArray(value)) return value;
  const parts = Utils.flatten(value as unknown[][], true);
  return [scalar, ...more].map((each, i) => one(each, parts[i]));
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  BigIntType,
  BlobType,
  BooleanType,
  CharacterType,
  DateType,
  DecimalType,
  EnumType,
  IntegerType,
  MediumIntType,
  SmallIntType,
  StringType,
  TextType,
  TinyIntType,
  Uint8ArrayType,
  UuidType,
]);

/** Whether the property's values are spelled by one of MikroORM's own types, not by one of the application's. */
export function isBuiltIn({ customType }: EntityProperty<object>): boolean {
  return BUILT_IN.has(customType?.constructor);
}
