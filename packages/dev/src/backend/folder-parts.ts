import type { FileProblem } from '@tenantry/loader/folder';
import type { AnyConfig } from '@tenantry/protocol';
import type { LocalReplica } from '@tenantry/redis';
import type { FolderState } from '../state/folder-state.ts';
import type { FolderAudit } from './folder-audit.ts';

/** What the parts of the backend share. */
export interface FolderParts {
  readonly dir: string;
  readonly configs: ReadonlyMap<string, AnyConfig>;
  readonly state: FolderState;
  readonly replica: LocalReplica;
  readonly audit: FolderAudit;
  /** ms since 1970. */
  readonly now: () => number;
  readonly problems: () => readonly FileProblem[];
  /** Runs work alone, after a look at the files of a scope as they are now: neither a scan nor another write comes between. */
  alone<R>(tenant: string, work: () => Promise<R>): Promise<R>;
}
