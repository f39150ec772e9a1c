import type { Scope } from '@tenantry/protocol';
import type { FileProblem } from './file-problem.ts';
import type { FolderDocument } from './folder-document.ts';

/** What a folder says, as of one scan. */
export interface FolderScan {
  readonly dir: string;
  /** False: the folder is not there, cannot be read, or never held still. It says nothing then. */
  readonly isThere: boolean;
  /** What its files say, by path. A file with a problem is not among them. */
  readonly documents: readonly FolderDocument[];
  readonly problems: readonly FileProblem[];
  /** The scopes that have a folder. */
  readonly scopes: readonly Scope[];
  /** Files that are none of the layout. */
  readonly ignored: readonly string[];
  /** How many files of the layout there are, those with problems too. */
  readonly files: number;
}

/** Whether the folder was seen at all: of one that never held still nobody knows what it says, nor that it is gone. */
export function wasSeen({ isThere, problems }: FolderScan): boolean {
  return isThere || problems[0]?.code !== 'CHANGING';
}
