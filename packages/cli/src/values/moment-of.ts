import { wrongUse } from '../failures/failure.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A point in time as ms since 1970: such ms, a date with its zone (`2026-01-31T09:15:00Z`), or a duration such as `90m` or `2h`, which is after now,
 * or before now with `past`. `INVALID_OPTION`.
 */
export function momentOf(text: string | undefined, way: 'future' | 'past', now = Date.now()): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{10,15}$/.test(text)) return Number(text);
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) {
    const ms = Number(count) * (UNITS[unit] as number);
    return way === 'future' ? now + ms : Math.max(0, now - ms);
  }
  const date = /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(date)) return date;
  throw wrongUse(
    `${JSON.stringify(text)} is no point in time: write 2026-01-31T09:15:00Z, ms since 1970, or 90m, 2h, 7d.`,
  );
}
