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

/** `2026-11-30` in the reader's own time; undefined for anything else. */
function momentOf(day: string | undefined, daysLater: number): string | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? '') ?? [];
  if (year === undefined) return undefined;
  return String(new Date(Number(year), Number(month) - 1, Number(date) + daysLater).getTime());
}
