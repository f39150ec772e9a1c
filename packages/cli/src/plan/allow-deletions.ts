import { createInterface } from 'node:readline/promises';
import { Failure, wrongUse } from '../failures/failure.ts';
import type { Io } from '../program/io.ts';
import { deletionsOf, type Plan } from './plan.ts';

/** How many values may be taken away where nothing else is said: a part of what the scopes have. */
const DEFAULT_MOST = '10%';

/** What was said of deletions on the command line. */
export interface DeletionOptions {
  /** A count, or a part such as `10%`. */
  readonly maxPrune: string | undefined;
  readonly yes: boolean;
}

/** Refuses more deletions than `--max-prune` lets through: `TOO_MANY_DELETIONS`, with the option that would let them. `INVALID_OPTION`. */
export function checkDeletions(plan: Plan, { maxPrune = DEFAULT_MOST }: Pick<DeletionOptions, 'maxPrune'>): void {
  const most = mostOf(maxPrune, plan.owned);
  const deletions = deletionsOf(plan);
  if (deletions <= most) return;
  throw new Failure(
    'TOO_MANY_DELETIONS',
    `${deletions} of ${plan.owned} values would be taken away, and --max-prune ${maxPrune} lets ${most} go. Nothing was written. If that is meant: --max-prune ${deletions}.`,
  );
}

/** As `tenantry load` takes it: of a part at least one. */
function mostOf(text: string, owned: number): number {
  const [, count, percent] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  if (count === undefined || (percent === '%' && Number(count) > 100))
    throw wrongUse(`--max-prune must be a whole number, or a part such as 10%, got ${JSON.stringify(text)}.`);
  return percent === '%' ? Math.max(1, Math.floor((owned * Number(count)) / 100)) : Number(count);
}

/** On a terminal a person must type how many values go; elsewhere `--yes` must stand. `NEEDS_YES`. */
export async function confirmDeletions(
  plan: Plan,
  { yes }: Pick<DeletionOptions, 'yes'>,
  io: Pick<Io, 'stdin' | 'stderr' | 'signal'>,
): Promise<void> {
  const deletions = deletionsOf(plan);
  if (deletions === 0 || yes) return;
  const refusal = (why: string) =>
    new Failure('NEEDS_YES', `${deletions} values would be taken away${why}. Nothing was written.`);
  if (!io.stdin.isTTY || !io.stderr.isTTY) throw refusal(', and nobody can be asked here: add --yes');
  // Not as a terminal: Ctrl-C is a signal then, and no key.
  const asking = createInterface({ input: io.stdin, output: io.stderr, terminal: false });
  try {
    const typed = await asking.question(`${deletions} values would be taken away. Type ${deletions} to go on: `, {
      signal: io.signal,
    });
    if (typed.trim() !== String(deletions)) throw refusal(': something else was typed');
  } finally {
    asking.close();
  }
}
