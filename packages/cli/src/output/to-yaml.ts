import { stringify } from 'yaml';
import { digitsOf } from '../json/raw-numbers.ts';

/** The YAML of a value, its last line ended. Whole numbers keep their digits. */
export function toYaml(value: unknown): string {
  return stringify(withBigints(value), { lineWidth: 0 });
}

function withBigints(value: unknown): unknown {
  const digits = digitsOf(value);
  // What is no whole number stays a text: its digits are what was asked for.
  if (digits !== undefined) return /^-?\d+$/.test(digits) ? BigInt(digits) : digits;
  if (Array.isArray(value)) return value.map(withBigints);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withBigints(each)]));
}
