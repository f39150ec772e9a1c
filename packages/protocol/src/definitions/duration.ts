import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';

/** A time span: milliseconds, or a number with a unit: `250ms`, `30s`, `5m`, `1h`, `7d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TEXT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** The longest span, 10,000 years: still exact when it is added to a date. */
const LONGEST_MS = 10_000 * 365 * 86_400_000;

/** Whole milliseconds of at least `leastMs`; an `INVALID_DEFINITION` error shows what arrived. */
export function parseDuration(name: string, value: unknown, leastMs = 1): number {
  const text = typeof value === 'string' ? TEXT.exec(value) : undefined;
  const ms = text ? Math.round(Number(text[1]) * (UNIT_MS[text[2] as string] as number)) : value;
  if (Number.isSafeInteger(ms) && (ms as number) >= leastMs && (ms as number) <= LONGEST_MS) return ms as number;
  throw new TenantryError(
    'INVALID_DEFINITION',
    `${name} must be a duration of at least ${leastMs} ms, in milliseconds or like "30s" (ms, s, m, h, d), got ${describeArrived(value)}.`,
  );
}
