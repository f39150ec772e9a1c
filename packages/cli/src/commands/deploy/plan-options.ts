import { flag, REASON, text } from '../../program/options.ts';

/** Options of what compares files with an installation. */
export const COMPARE_OPTIONS = {
  prune: flag('take away what the scopes of the folder have and its files do not say'),
  maxPrune: text('at most so many may be taken away: a number, or a part of what these scopes have; default 10%', {
    value: 'MOST',
  }),
  writeSecrets: flag('write secrets that are set again: they cannot be compared'),
} as const;

/** And of what then makes it so. */
export const APPLY_OPTIONS = {
  reason: REASON,
  yes: flag('take away without asking', { short: 'y' }),
} as const;

/** Where a plan is kept. */
export const SAVE = text('keep the plan in this file, for `tenantry apply FILE`', { value: 'FILE', names: 'file' });
