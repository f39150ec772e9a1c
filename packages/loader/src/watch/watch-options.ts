import { LONGEST_TIMER_MS, type OptionRules, whole } from '@tenantry/protocol/internal';
import { type FolderLimits, LIMIT_RULES } from '../folder/folder-limits.ts';

/** Options of `watchFolder`. */
export interface WatchOptions extends FolderLimits {
  /** How long, in ms, the files of a scope must have been as they are before they count. Default 250. */
  readonly settleMs?: number | undefined;
  /** The longest, in ms, that changes of a scope are waited for while it goes on changing. Default 5,000. */
  readonly settleMaxMs?: number | undefined;
  /** How often, in ms, the folder is looked through where the system sends no events. Default 2,000. */
  readonly scanMs?: number | undefined;
  /**
   * How often, in ms, every file is read, whatever its size and times say: a file may change and keep all of them. 0: never. Default 60,000
   * (1 minute).
   */
  readonly hashMs?: number | undefined;
  /** How many folders events are asked for, 0: none; the others are found by looking. Default 10,000. */
  readonly maxWatched?: number | undefined;
}

export const WATCH_RULES = {
  ...LIMIT_RULES,
  settleMs: whole(0, 3_600_000, 250),
  settleMaxMs: whole(0, 3_600_000, 5_000),
  scanMs: whole(10, LONGEST_TIMER_MS, 2_000),
  hashMs: whole(0, LONGEST_TIMER_MS, 60_000),
  maxWatched: whole(0, 1_000_000, 10_000),
} satisfies OptionRules<WatchOptions>;

/** The options, checked, with their defaults. */
export type CheckedWatchOptions = { readonly [P in keyof WatchOptions]-?: number };
