import { DateType, DecimalType, type EntityMetadata, type EntityProperty } from '@mikro-orm/core';
import { isBuiltIn, scalarsOf } from '../../database/key-form.ts';

// What `encodeRecordId` makes of a value in JavaScript, made of its column in SQL: to the letter, or not at all.

/** How a column's values are spelled in the outbox; undefined where only JavaScript knows. */
export type Spelling = 'whole' | 'text' | 'bytes' | 'boolean' | 'plain';

/** One column of a key. */
export interface KeyColumn {
  readonly name: string;
  readonly spelling: Spelling | undefined;
}

/** The columns of a property, those of a relation being the other row's key. */
export function keyColumns(property: EntityProperty<object>): KeyColumn[] {
  const scalars = scalarsOf(property);
  return property.fieldNames.map((name, i) => ({ name, spelling: spellingOf(scalars[i]) }));
}

export function primaryKeyColumns(meta: EntityMetadata<object>): KeyColumn[] {
  return meta.getPrimaryProps().flatMap(keyColumns);
}

/**
 * A literal that names its character set and collation. A trigger keeps the collation of the connection that made it, and that may be
 * another one than the server's present default: after an upgrade, or in a restored dump. Not `_utf8mb4'…'`: servers do not show the
 * introducer in the trigger's text, and the schema comparator would see a drift for ever.
 */
export function literal(text: string): string {
  return exact(quoted(text));
}

/** A literal to compare with a column: the column's collation goes before its own. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
}

/** A text, whatever its character set and collation are. */
function exact(sql: string): string {
  return `convert(${sql} using utf8mb4) ${EXACTLY}`;
}

const EXACTLY = 'collate utf8mb4_bin';

/** The record id of a row, as an expression; `columns` are ready to stand in SQL. */
export function recordIdSql(columns: readonly { readonly sql: string; readonly spelling: Spelling }[]): string {
  const parts = columns.map(({ sql, spelling }) => SPELL[spelling](sql));
  return parts.length === 1 ? (parts[0] as string) : `concat_ws(${literal(',')}, ${parts.join(', ')})`;
}

/** The tenant's id, as an expression. What cannot be one is unknown here, and an error when the row is published. */
export function tenantSql(sql: string, spelling: Spelling): string {
  if (spelling === 'text') return `if(char_length(${sql}) <= 128, ${sql}, null)`;
  // As text: a number above 2^53 in JSON is another one once JavaScript has read it.
  return spelling === 'whole' ? `cast(${sql} as char)` : sql;
}

const SPELL: Readonly<Record<Spelling, (sql: string) => string>> = {
  whole: sql => exact(`cast(${sql} as char)`),
  plain: sql => exact(`cast(${sql} as char)`),
  boolean: sql => `if(${sql}, ${literal('true')}, ${literal('false')})`,
  bytes: sql => exact(`lower(hex(${sql}))`),
  text: escapedSql,
};

/**
 * Percent-encoding: every byte as `%XX`, then those that need none back again. No replacement can hit what another one
 * left: each begins at a `%`, and none puts one there. Nearly all keys need nothing, and are only looked at.
 */
function escapedSql(sql: string): string {
  const text = exact(sql);
  // The two servers write a regular expression's groups in two ways.
  const isMariaDb = `${exact('version()')} like ${literal('%MariaDB%')}`;
  const pair = `if(${isMariaDb}, concat(${literal('%')}, char(92 using utf8mb4), ${literal('1')}), ${literal('%$1')})`;
  const allEscaped = `regexp_replace(${exact(`hex(${text})`)}, ${literal('(..)')}, ${pair})`;
  const escaped = [...UNESCAPED].reduce(
    (inner, character) =>
      `replace(${inner}, ${literal(`%${character.charCodeAt(0).toString(16).toUpperCase()}`)}, ${literal(character)})`,
    allEscaped,
  );
  return `if(${text} regexp ${literal('[^-A-Za-z0-9_.]')}, ${escaped}, ${text})`;
}

const UNESCAPED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';

/** A type of the application's own may keep in the column something else than what is a key in JavaScript. */
function spellingOf(property: EntityProperty<object> | undefined): Spelling | undefined {
  if (!property) return undefined;
  const { customType, runtimeType, columnTypes } = property;
  if (customType && !isBuiltIn(property)) return undefined;
  const [column = ''] = columnTypes;
  const isText = /^((var)?char|(tiny|medium|long)?text|enum)\b/i.test(column);
  if (runtimeType === 'boolean') return 'boolean';
  if (/^(tiny|small|medium|big)?int/i.test(column)) return 'whole';
  if (/^((var)?binary|(tiny|medium|long)?blob)\b/i.test(column)) return runtimeType === 'string' ? undefined : 'bytes';
  if (runtimeType !== 'string' && runtimeType !== ('unknown' as string)) return undefined;
  if (isText) return 'text';
  return (customType instanceof DateType || customType instanceof DecimalType) && runtimeType === 'string'
    ? 'plain'
    : undefined;
}
