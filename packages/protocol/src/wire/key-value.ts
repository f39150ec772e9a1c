import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { escapeComponent, unescapeComponent } from './escape-component.ts';

/** What can stand in a sync key: a column's scalar, in the form MikroORM gives it. */
export type KeyValue = string | number | bigint | boolean | Date | Uint8Array;

/** One canonical, escaped text per value, the same on the write and the read side: `7`, `7n` and `'7'` are one key. */
export function encodeKeyValue(value: unknown): string {
  if (typeof value === 'string') return escapeComponent(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && isExact(value)) return String(value === 0 ? 0 : value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return escapeComponent(value.toISOString());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  throw new TenantryError(
    'INVALID_KEY',
    `A key value must be a string, a finite number, a bigint, a boolean, a valid date or bytes, got ${describeArrived(value)}.` +
      (typeof value === 'number' ? ' Above 2^53 numbers stop being exact: use a bigint.' : ''),
  );
}

// Above 2^53 two rows would round to one key.
function isExact(value: number): boolean {
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
}

/** The id of a record: its primary key's parts, in the order of the metadata. */
export function encodeRecordId(primaryKey: readonly unknown[]): string {
  return primaryKey.map(encodeKeyValue).join(',');
}

/** The parts of a record id, unescaped: the reverse of `encodeRecordId` for text. */
export function decodeRecordId(recordId: string): string[] {
  return recordId.split(',').map(unescapeComponent);
}
