import { flag, REASON, text, whole } from '../program/options.ts';

/** Options of every command that writes one record. */
export const WRITE_OPTIONS = {
  reason: REASON,
  ifVersion: whole('only where this version stands; 0: only where nothing was ever set', { value: 'N' }),
  force: flag('write over whatever stands'),
  dryRun: flag('write nothing; end with 2 where something would change', { short: 'n' }),
} as const;

/** And of those that write a value. */
export const VALUE_OPTIONS = {
  ...WRITE_OPTIONS,
  expires: text('the value goes by itself then: 2h, 7d, or 2026-01-31T09:15:00Z', { value: 'WHEN' }),
} as const;
