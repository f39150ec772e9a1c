import { flag, REASON, text, whole } from '../program/options.ts';

const DRY_RUN = flag('write nothing; end with 2 where something would change', { short: 'n' });

/** Options of every command that writes one record. */
export const WRITE_OPTIONS = {
  reason: REASON,
  ifVersion: whole('only where this version stands; 0: only where nothing was ever set', { value: 'N' }),
  force: flag('write over whatever stands'),
  dryRun: DRY_RUN,
} as const;

/** And of those that write a value. */
export const VALUE_OPTIONS = {
  ...WRITE_OPTIONS,
  expires: text('the value goes by itself then: 2h, 7d, 2026-01-31T09:15:00Z, or never', { value: 'WHEN' }),
} as const;

/** Groups have no versions: what was read must still stand. */
export const GROUPS_OPTIONS = { reason: REASON, dryRun: DRY_RUN } as const;

/** Of what gives, takes, retries or discards. */
export const DRY_OPTIONS = { dryRun: DRY_RUN } as const;
