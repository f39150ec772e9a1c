import { wrongUse } from '../../failures/failure.ts';
import type { PlanRequest } from '../../plan/make-plan.ts';
import { flag, type Given, REASON, text } from '../../program/options.ts';

const POLICIES = ['seed', 'report', 'overwrite'] as const;

/** Options of what compares files with an installation. */
export const COMPARE_OPTIONS = {
  policy: text('what a file does to a value that is not as it says; default overwrite', {
    value: 'POLICY',
    choices: POLICIES,
  }),
  name: text('the name of this loader: what it sets, and no other, is its own; default files', { value: 'NAME' }),
  prune: flag('take away what this loader has set, and the files of the folder do not say any more'),
  maxPrune: text('at most so many may be taken away: a number, or a part of what it has set; default 10%', {
    value: 'MOST',
  }),
  writeSecrets: flag('write secrets that are set again: they cannot be compared'),
} as const;

/** What they ask for. `INVALID_OPTION` for a name that no loader can have. */
export function howToCompare(options: Given<typeof COMPARE_OPTIONS>): Pick<PlanRequest, 'name' | 'policy' | 'secrets'> {
  const { name = 'files', policy, writeSecrets } = options;
  if (!/^[A-Za-z0-9._-]{1,40}$/.test(name))
    throw wrongUse(`--name must be 1 to 40 letters, digits, \`. _ -\`, got ${JSON.stringify(name)}.`);
  return {
    name,
    policy: POLICIES.find(each => each === policy) ?? 'overwrite',
    secrets: writeSecrets ? 'write' : 'keep',
  };
}

/** And of what then makes it so. */
export const APPLY_OPTIONS = {
  reason: REASON,
  yes: flag('take away without asking', { short: 'y' }),
} as const;

/** Where a plan is kept. */
export const SAVE = text('keep the plan in this file, for `tenantry apply FILE`', { value: 'FILE', names: 'file' });
