import type { Replication } from '@tenantry/mikro-orm';
import { TenantryError } from '@tenantry/protocol';
import type { RunSigns } from './background-task.ts';

/** What keeps Redis to what the database has. */
export interface ReconcileRuns {
  /** Fills a Redis that never had the tables, lost them, or went back to an earlier state. */
  fill(signs: RunSigns): Promise<void>;
  audit(signs: RunSigns): Promise<void>;
}

/** What they work with. */
export interface ReconcileParts {
  readonly replicated: Replication;
  /** Whether every audit repairs, and not only one after a loss. */
  readonly auditRepairs: boolean;
  /** An audit is due, whatever the schedule says. */
  startAudit(): void;
  readonly onError: (error: TenantryError) => void;
}

// It has all day: two cores that also serve are not to notice.
const PAUSE_MS = 20;

export function createReconcileRuns({ replicated, auditRepairs, startAudit, onError }: ReconcileParts): ReconcileRuns {
  let mends = false;

  async function fill({ alive, stopping }: RunSigns): Promise<void> {
    await replicated.fillIfEmpty({
      onProgress() {
        alive();
        // Another worker begins again, once the lease of this fill is over.
        if (stopping()) throw new TenantryError('CLOSED', 'This worker is closed.');
      },
    });
  }

  return {
    async fill(signs) {
      await fill(signs);
      const history = await replicated.checkHistory();
      if (history === 'database') onError(rewound());
      if (history === 'redis') await fill(signs);
      // A filled Redis may still have what was deleted since, and one that restarted may lack its last moments.
      if (history === 'redis' || history === 'restarted') mends = true;
      if (mends) startAudit();
    },

    async audit({ alive, stopping }) {
      // The first turn of a schedule comes at once, and what is only being filled lacks what it lacks.
      if (!mends && !(await replicated.replica.isFilled())) return;
      const stop = new AbortController();
      const repair = mends || auditRepairs;
      const { complete } = await replicated.audit({
        repair,
        pauseMs: PAUSE_MS,
        signal: stop.signal,
        onProgress() {
          alive();
          if (stopping()) stop.abort();
        },
      });
      if (complete && repair) mends = false;
    },
  };
}

function rewound(): TenantryError {
  return new TenantryError(
    'REWOUND',
    'The database went back to an earlier state: changes of what was written since are refused by Redis as old. Run `tenantry-worker audit --resync`.',
  );
}
