import {
  type EntityManager,
  type EntityMetadata,
  type EntityProperty,
  EventType,
  ObjectHydrator,
  type Platform,
  ReferenceKind,
} from '@mikro-orm/core';
import { isBuiltIn } from './key-form.ts';
import { hasLongNumber, keyPartsOf } from './primary-key.ts';

/** Rows of one table, read without entities around them: an entity costs several times what its row does. */
export interface PlainRows {
  /** The columns and the table, as SQL has them. */
  readonly columns: string;
  readonly table: string;
  /** The condition that finds the rows with these record ids. Undefined: only MikroORM can write it. */
  where(recordIds: readonly string[]): { readonly sql: string; readonly params: readonly unknown[] } | undefined;
  /** What an entity of this row would show. Throws `NeedsEntity` where only that tells; and what a custom type throws. */
  read(raw: object): object;
  /** The same of a row under the names of its properties, as the driver's own `find` answers it. */
  readMapped(data: object): object;
}

/** Why a row that seemed plain is not. */
export class NeedsEntity extends Error {}

interface Column {
  readonly name: string;
  readonly column: string;
  readonly convert: (value: unknown) => unknown;
}

/**
 * How these properties of an entity are read by the metadata alone. Undefined where an entity may show something else than its columns
 * say: by code of the application that runs for it (a constructor, an accessor, a hook), by a relation to something else than one row
 * with one plain key, or because rows of its table are entities of several classes.
 */
export function plainRowsOf(
  em: EntityManager,
  meta: EntityMetadata<object>,
  names: readonly string[],
): PlainRows | undefined {
  const platform = em.getPlatform();
  const properties = [...new Set([...meta.primaryKeys, ...names])].map(
    name => (meta.properties as Record<string, EntityProperty<object> | undefined>)[name],
  );
  if (!isPlainTable(em, meta) || !meta.getPrimaryProps().every(isPlainKey)) return undefined;
  const columns: Column[] = [];
  for (const property of properties) {
    const convert = property && isPlain(property, meta) ? converterOf(property, platform) : undefined;
    if (!property || !convert) return undefined;
    columns.push({ name: property.name, column: property.fieldNames[0] as string, convert });
  }
  return rowsOf(em, meta, columns);
}

/** The same for a table of ours, whose columns are shown as the driver gives them. */
export function ownPlainRowsOf(em: EntityManager, meta: EntityMetadata<object>): PlainRows {
  const columns = meta.props.flatMap(({ name, persist, fieldNames: [column] }) =>
    persist === false || column === undefined ? [] : [{ name, column, convert: asItIs }],
  );
  return rowsOf(em, meta, columns);
}

/** Whether code of the application runs when an entity of this class is loaded. It may be registered at any time. */
export function isHookedOnLoad(em: EntityManager, meta: EntityMetadata<object>): boolean {
  const events = em.getEventManager();
  return events.hasListeners(EventType.onLoad, meta) || events.hasListeners(EventType.onInit, meta);
}

function rowsOf(em: EntityManager, meta: EntityMetadata<object>, columns: readonly Column[]): PlainRows {
  const driver = em.getDriver();
  const platform = em.getPlatform();
  const quote = (name: string) => platform.quoteIdentifier(name);
  const schema = meta.schema && meta.schema !== '*' ? meta.schema : em.config.getSchema(true);
  const keyColumns = meta.getPrimaryProps().flatMap(property => property.fieldNames.map(quote));
  const key = keyColumns.length === 1 ? keyColumns[0] : `(${keyColumns.join(', ')})`;
  const one = keyColumns.length === 1 ? '?' : `(${keyColumns.map(() => '?').join(', ')})`;
  return {
    columns: [...new Set(columns.map(({ column }) => quote(column)))].join(', '),
    table: quote(schema ? `${schema}.${meta.tableName}` : meta.tableName),
    where(recordIds) {
      // SQL has no empty list; MikroORM asks for nothing then.
      if (recordIds.length === 0) return undefined;
      const keys = recordIds.map(id => keyPartsOf(meta, id, platform).map(({ value }) => value));
      if (keyColumns.length > 1 && keys.some(hasLongNumber)) return undefined;
      return { sql: `${key} in (${keys.map(() => one).join(', ')})`, params: keys.flat() };
    },
    // As the driver's own `find` does: dates of the connection's time zone, booleans, names.
    read: raw => readMapped(columns, driver.mapResult(raw as never, meta) as object),
    readMapped: data => readMapped(columns, data),
  };
}

function readMapped(columns: readonly Column[], data: object): object {
  const row: Record<string, unknown> = {};
  for (const { name, convert } of columns) {
    const value = (data as Record<string, unknown>)[name];
    row[name] = value === null || value === undefined ? null : convert(value);
  }
  return row;
}

function isPlainTable({ config }: EntityManager, meta: EntityMetadata<object>): boolean {
  return (
    meta.root === meta &&
    !meta.inheritanceType &&
    !meta.virtual &&
    !meta.expression &&
    !meta.forceConstructor &&
    // Another one may do with the values whatever it likes.
    config.get('hydrator') === ObjectHydrator
  );
}

/** One column of one table, which an entity shows as its type converts it. */
function isPlain(property: EntityProperty<object>, meta: EntityMetadata<object>): boolean {
  return (
    property.fieldNames?.length === 1 &&
    property.persist !== false &&
    !property.formula &&
    !property.embedded &&
    !property.hasConvertToJSValueSQL &&
    // Those that are left out are never given to an entity.
    meta.hydrateProps.includes(property) &&
    !hasAccessor(property, meta)
  );
}

function isPlainKey(property: EntityProperty<object>): boolean {
  return (
    property.kind === ReferenceKind.SCALAR &&
    property.fieldNames.length === 1 &&
    /^(number|string|bigint)$/.test(property.runtimeType) &&
    !property.hasConvertToJSValueSQL &&
    !property.hasConvertToDatabaseValueSQL &&
    (!property.customType || isBuiltIn(property))
  );
}

function hasAccessor(
  { name, primary, getter, setter, accessor }: EntityProperty<object>,
  meta: EntityMetadata<object>,
) {
  if (getter || setter || accessor) return true;
  for (let at: object | null = meta.prototype; at; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    // MikroORM has setters of its own there, and never one for a primary key.
    if (found) return found.get !== undefined || (primary === true && found.set !== undefined);
  }
  return false;
}

/** What the hydrator makes of a value that is not null. Undefined: an entity, a part of one, or a collection. */
function converterOf(property: EntityProperty<object>, platform: Platform): Column['convert'] | undefined {
  if (property.kind === ReferenceKind.SCALAR) return scalarConverterOf(property, platform);
  const isToOne =
    property.kind === ReferenceKind.MANY_TO_ONE || (property.kind === ReferenceKind.ONE_TO_ONE && property.owner);
  const { targetMeta, polymorphic, polymorphTargets, mapToPk, targetKey } = property;
  if (!isToOne || !targetMeta || polymorphic || polymorphTargets || mapToPk || targetKey) return undefined;
  const [key, ...more] = targetMeta.getPrimaryProps();
  if (!key || more.length > 0 || !isPlainKey(key) || hasAccessor(key, targetMeta)) return undefined;
  const convert = scalarConverterOf(key, platform);
  return value => {
    if (!/^(number|string|bigint)$/.test(typeof value)) throw new NeedsEntity();
    return convert(value);
  };
}

function scalarConverterOf(property: EntityProperty<object>, platform: Platform): Column['convert'] {
  const { customType, runtimeType } = property;
  if (customType) return value => customType.convertToJSValue(value, platform, { mode: 'serialization' });
  if (runtimeType === 'boolean') return Boolean;
  if (runtimeType !== 'Date' || platform.isNumericProperty(property)) return asItIs;
  return value => {
    // A date that is none, which a server may keep.
    if (!(value instanceof Date)) throw new NeedsEntity();
    return value;
  };
}

const asItIs = (value: unknown) => value;
