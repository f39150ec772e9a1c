import type { TenantryError } from '@tenantry/protocol';
import type { LoadReport } from './apply/load-report.ts';

/** How a loader stands. */
export interface LoaderStatus {
  readonly name: string;
  /**
   * `starting`: it has imported nothing yet. `idle`: everything that counts is imported. `importing`: an import runs. `failing`: the last import
   * failed, in part at least, and is tried again. `closed`: it has ended.
   */
  readonly state: 'starting' | 'idle' | 'importing' | 'failing' | 'closed';
  /** The last import that ended; undefined before the first. */
  readonly report: LoadReport | undefined;
  /** When it ended, by this process's clock. */
  readonly importedAt: Date | undefined;
  /** How many imports have ended, and how many of them failed. */
  readonly imports: number;
  readonly failures: number;
  /** Why the last import failed as a whole; undefined where it did not. */
  readonly error: TenantryError | undefined;
}
