import type { FilesState } from '../files/changing-folder.ts';
import type { Seen, SeenValue } from '../history/history-event.ts';
import type { ScopesState } from '../scopes/scopes-state.ts';

/** What the database says is to stand under an address. */
export interface Expected {
  /** Undefined: a shape's, whose ids are not written out here. */
  readonly owner: string | undefined;
  readonly value: SeenValue;
  /** A config's; a row's is not in its table. */
  readonly version: number | undefined;
  /** Redis has it only where a reader has loaded it. */
  readonly isOptional?: boolean;
}

/** What stands under a key of Redis. */
export interface Standing {
  readonly owner: string;
  readonly version: number;
  readonly value: SeenValue;
}

/** One version of a config, as the history in the database has it. */
export interface Revision {
  readonly tenant: string;
  readonly config: string;
  readonly version: number;
  /** Undefined: it was unset. */
  readonly stamp: string | undefined;
  /** It was acknowledged by Redis first. */
  readonly isWriteBack: boolean;
}

/** Everything there is once it is quiet. Keys are `tenant address`. */
export interface FinalState {
  readonly expected: ReadonlyMap<string, Expected>;
  readonly redis: ReadonlyMap<string, Standing>;
  /** What each reader has in memory; undefined where it does not know. */
  readonly readers: ReadonlyMap<string, ReadonlyMap<string, Partial<Seen>>>;
  /** What a reader that has just started gets. */
  readonly fresh: ReadonlyMap<string, Partial<Seen>>;
  /** Changes that no reader can know yet. */
  readonly waiting: readonly string[];
  /** Acknowledged and not in the database. */
  readonly dirty: readonly string[];
  readonly deadLetters: readonly string[];
  /** Every stamp that was committed. */
  readonly committed: ReadonlySet<string>;
  readonly revisions: readonly Revision[];
  /** What the readers had to repair although nothing told them to. */
  readonly repairedBySweep: ReadonlyMap<string, number>;
  readonly scopes: ScopesState;
  readonly files: FilesState;
}

export const at = (tenant: string, address: string): string => `${tenant} ${address}`;
