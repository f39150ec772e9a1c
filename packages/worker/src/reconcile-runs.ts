import type { Replication } from '@tenantry/mikro-orm';
import { TenantryError } from '@tenantry/protocol';
import { createHistory, within } from '@tenantry/redis';
import type { RunSigns } from './background-task.ts';

/** What keeps Redis to what the database has. */
export interface ReconcileRuns {
  /** Fills a Redis that never had the tables, lost them, or went back to an earlier state. */
  fill(signs: RunSigns): Promise<void>;
  audit(signs: RunSigns): Promise<void>;
  /** Brings back what a Redis lost that restarted, or went back and was filled; one worker at a time. */
  repair(signs: RunSigns): Promise<void>;
}

/** What they work with. */
export interface ReconcileParts {
  readonly replicated: Replication;
  /** Whether every audit repairs, and not only one after a loss. */
  readonly auditRepairs: boolean;
  /** Redis lost something. */
  startRepair(): void;
  readonly onError: (error: TenantryError) => void;
}

// It has all day: two cores that also serve are not to notice.
const PAUSE_MS = 20;

export function createReconcileRuns({ replicated, auditRepairs, startRepair, onError }: ReconcileParts): ReconcileRuns {
  const history = createHistory(replicated.redis, replicated.replica);
  let owesRepair = false;

  async function fill({ alive, stopping }: RunSigns): Promise<void> {
    await replicated.fillIfEmpty({
      onProgress() {
        alive();
        // Another worker begins again, once the lease of this fill is over.
        if (stopping()) throw new TenantryError('CLOSED', 'This worker is closed.');
      },
    });
  }

  /** Whether it came to its end. */
  async function audit(
    { alive, stopping }: RunSigns,
    repair: boolean,
    goesOn?: () => Promise<boolean>,
  ): Promise<boolean> {
    const stop = new AbortController();
    const { complete } = await replicated.audit({
      repair,
      pauseMs: PAUSE_MS,
      signal: stop.signal,
      onProgress() {
        alive();
        if (stopping()) stop.abort();
        goesOn?.().then(
          isOurs => isOurs || stop.abort(),
          () => stop.abort(),
        );
      },
    });
    return complete;
  }

  return {
    async fill(signs) {
      await fill(signs);
      const verdict = await replicated.checkHistory();
      if (verdict === 'database') onError(rewound());
      if (verdict === 'redis') {
        await fill(signs);
        // It may still have what was deleted since.
        owesRepair = true;
      }
      if (owesRepair || verdict === 'restarted') startRepair();
    },

    async audit(signs) {
      // The first turn of a schedule comes at once, and what is only being filled lacks what it lacks.
      if (await replicated.replica.isFilled()) await audit(signs, auditRepairs);
    },

    async repair(signs) {
      const verdict = await replicated.checkHistory();
      if (verdict === 'unfilled' || (verdict !== 'restarted' && !owesRepair)) return;
      const token = await history.beginRepair();
      if (token === undefined) return;
      const owed = owesRepair;
      owesRepair = false;
      let isDone = false;
      try {
        isDone = await audit(signs, true, () => history.keepRepairing(token));
      } finally {
        if (!isDone) owesRepair ||= owed;
        await within(GIVE_UP_MS, 'Giving up a repair', history.endRepair(token)).catch(() => undefined);
      }
    },
  };
}

const GIVE_UP_MS = 1_000;

function rewound(): TenantryError {
  return new TenantryError(
    'REWOUND',
    'The database went back to an earlier state: changes of what was written since are refused by Redis as old. Run `tenantry-worker audit --resync`.',
  );
}
