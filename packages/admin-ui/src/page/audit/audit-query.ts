import type { Query } from '../address/address.ts';

const TEXTS = ['scope', 'config', 'actor', 'action'] as const;

/** The API's question of an address: days become moments, the last day to its end. */
export function auditQuery(query: Query): Record<string, string | undefined> {
  const asked: Record<string, string | undefined> = {};
  for (const name of TEXTS) asked[name] = query[name];
  asked.since = momentOf(query.since, 0);
  asked.until = momentOf(query.until, 1);
  return asked;
}

/** `2026-11-30` in the reader's own time; undefined for anything else. A year that is still being typed begins long ago: nothing was done then. */
function momentOf(day: string | undefined, daysLater: number): string | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/
    .exec(day ?? '')
    ?.slice(1)
    .map(Number);
  if (!parts) return undefined;
  const [year, month, date] = parts as [number, number, number];
  // A date that is none would be one of the month after, and a year below 100 one of the last century.
  const isDay = month >= 1 && month <= 12 && date >= 1 && date <= new Date(2_000 + (year % 400), month, 0).getDate();
  if (!isDay) return undefined;
  const moment = new Date(0, 0);
  moment.setFullYear(year, month - 1, date + daysLater);
  return String(Math.max(moment.getTime(), 0));
}
