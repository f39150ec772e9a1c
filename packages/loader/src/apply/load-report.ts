import type { FileProblem, FileWarning } from '../folder/file-problem.ts';
import type { PruneRefusal } from '../plan/find-orphans.ts';
import type { LoadAction, LoadItem } from '../plan/load-item.ts';
import { WRITES } from '../plan/load-item.ts';

/** What came of one import. */
export interface LoadReport {
  /** True: nothing was written; the actions are what would be done. */
  readonly dryRun: boolean;
  /** How many files of the layout there are. */
  readonly files: number;
  /** Each config of each scope that a file speaks of, or that was to be taken away. */
  readonly items: readonly LoadItem[];
  /** What is wrong with files: what they said last stands. */
  readonly problems: readonly FileProblem[];
  /** Fields that no schema names: they may be misspelt. The values are imported all the same, and the exit code is as without them. */
  readonly warnings: readonly FileWarning[];
  /** How many items there are of each action. */
  readonly counts: Readonly<Record<LoadAction, number>>;
  readonly transactions: number;
  /** What the loader has set and no file says any more; and why that was not taken away, where it was not. */
  readonly prune: { readonly orphans: number; readonly refusal: PruneRefusal | undefined };
  readonly ms: number;
}

/** The counts of some items. */
export function countsOf(items: readonly LoadItem[]): Record<LoadAction, number> {
  const counts = { create: 0, update: 0, overwrite: 0, prune: 0, same: 0, kept: 0, drift: 0, refused: 0 };
  for (const { action } of items) counts[action]++;
  return counts;
}

/**
 * The exit code that a program ends with: 0, all is as the files say; 1, nothing could be done; 2, something would change, or others have
 * changed what a file says; 3, it was not taken away, because that was too much; 4, a part was refused.
 */
export function exitCodeOf({ items, problems, counts, dryRun, prune }: LoadReport): 0 | 1 | 2 | 3 | 4 {
  const refused = counts.refused + problems.length;
  if (refused > 0) return items.length > counts.refused ? 4 : 1;
  if (prune.refusal !== undefined && prune.refusal !== 'not asked for') return 3;
  if (counts.drift > 0) return 2;
  return dryRun && items.some(({ action }) => WRITES.has(action)) ? 2 : 0;
}
