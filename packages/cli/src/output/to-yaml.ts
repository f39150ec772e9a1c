import { Document, isScalar, stringify, visit } from 'yaml';
import { digitsOf } from '../json/raw-numbers.ts';
import { visible } from './visible.ts';

const COMPATIBLE = { compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;

/**
 * The YAML of a value, its last line ended. Whole numbers keep their digits. Readers of YAML 1.1 get the same: for them `yes` without quotes is true, and
 * `2026-01-31` a date.
 */
export function toYaml(value: unknown): string {
  const plain = withBigints(value);
  const text = stringify(plain, { ...COMPATIBLE, lineWidth: 0 });
  if (visible(text) === text) return text;
  const document = new Document(plain, COMPATIBLE);
  visit(document, {
    Scalar(_, node) {
      // Only there an escape is one.
      if (isScalar(node) && typeof node.value === 'string' && visible(node.value) !== node.value)
        node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

function withBigints(value: unknown): unknown {
  const digits = digitsOf(value);
  // What is no whole number stays a text: its digits are what was asked for.
  if (digits !== undefined) return /^-?\d+$/.test(digits) ? BigInt(digits) : digits;
  if (Array.isArray(value)) return value.map(withBigints);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withBigints(each)]));
}
