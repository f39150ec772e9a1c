import type { EntityProperty } from '@mikro-orm/core';
import type { Dialect } from './dialect.ts';

// What a column makes of a value that does not fit it to the letter.

interface ColumnType {
  readonly name: string;
  /** What stands in its brackets. */
  readonly size: string | undefined;
}

const WHOLE = /^((tiny|small|medium|big)?int|integer|(small|big)?serial|bool)/;
const VARYING =
  /^(varchar|character varying|(tiny|medium|long)?text|uuid|varbinary|(tiny|medium|long)?blob|bytea|enum|double|json)/;

/** Columns that keep every value as it is, or refuse it. */
export function neverKeptOtherwise(property: EntityProperty<object>): boolean {
  const { name } = typeOf(property);
  return WHOLE.test(name) || VARYING.test(name);
}

/** Whether the column may keep another value than this one. */
export function mayBeKeptOtherwise(property: EntityProperty<object>, value: unknown): boolean {
  if (neverKeptOtherwise(property)) return false;
  const { name, size } = typeOf(property);
  const digits = Number(size?.split(',').at(-1) ?? 0);
  if (value instanceof Date) {
    if (!/^(datetime|timestamp)/.test(name)) return true;
    const fraction = size === undefined && name.startsWith('timestamptz') ? 6 : digits;
    return fraction < 3 && value.getTime() % 10 ** (3 - fraction) !== 0;
  }
  if (value instanceof Uint8Array) return !name.startsWith('binary') || value.length !== Number(size ?? 1);
  if (/^char/.test(name)) return typeof value !== 'string' || value.endsWith(' ') || value.length > Number(size ?? 1);
  if (name === 'date') return !/^\d{4}-\d\d-\d\d$/.test(String(value));
  if (/^(decimal|numeric)/.test(name)) {
    const text = String(value);
    if (typeof value === 'number') return (text.split('.')[1] ?? '').length > digits;
    return !new RegExp(`^-?(0|[1-9]\\d*)${size?.includes(',') && digits > 0 ? `\\.\\d{${digits}}` : ''}$`).test(text);
  }
  return true;
}

/** An expression that makes of a value what the column does. */
export function castOf(
  property: EntityProperty<object>,
  value: unknown,
  { keyCasts }: Dialect,
): { readonly sql: string; readonly value: unknown } {
  const { name, size } = typeOf(property);
  if (keyCasts === undefined || neverKeptOtherwise(property)) return { sql: '?', value };
  const [column = ''] = property.columnTypes;
  if (keyCasts === 'column') return { sql: `cast(? as ${column})`, value };
  const sized = (type: string) => ({ sql: `cast(? as ${type}${size ? `(${size})` : ''})`, value });
  if (/^(datetime|timestamp)/.test(name)) return sized('datetime');
  if (name === 'binary') return { sql: `cast(? as binary(${size ?? 1}))`, value };
  if (/^(date|time|decimal)$/.test(name)) return sized(name);
  if (name === 'numeric') return sized('decimal');
  if (name === 'float') return { sql: 'cast(? as float)', value };
  if (name === 'char') return { sql: 'rtrim(?)', value };
  if (name === 'set' && typeof value === 'string') return { sql: '?', value: inOrder(value, size ?? '') };
  return { sql: '?', value };
}

/** A set is kept in the order of its column's list, each word once. */
function inOrder(value: string, list: string): string {
  const words = [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, word = '']) => word.replaceAll("''", "'"));
  const given = new Set(value.split(',').map(word => word.toLowerCase()));
  return words.filter(word => given.has(word.toLowerCase())).join(',');
}

function typeOf({ columnTypes }: EntityProperty<object>): ColumnType {
  const [, name = '', size] = /^([a-z ]+?)\s*(?:\((.*)\).*)?$/i.exec(columnTypes?.[0] ?? '') ?? [];
  return { name: name.toLowerCase(), size };
}
