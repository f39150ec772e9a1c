import type { Replication } from '@tenantry/mikro-orm';
import { TenantryError } from '@tenantry/protocol';
import { createReplicaMarks, within } from '@tenantry/redis';
import type { TaskSignals } from '../schedule/background-task.ts';

/** What keeps Redis to what the database has. */
export interface ReconcileRuns {
  /** Fills a Redis that never had the tables, lost them, or went back to an earlier state. */
  fill(signals: TaskSignals): Promise<void>;
  audit(signals: TaskSignals): Promise<void>;
  /** Brings back what a Redis lost that restarted, and takes out what one had that went back and was filled; one worker at a time. */
  repair(signals: TaskSignals): Promise<void>;
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
const GIVE_UP_MS = 1_000;
const AGAIN_MS = 500;
const LONGEST_AGAIN_MS = 600_000;

export function createReconcileRuns({ replicated, auditRepairs, startRepair, onError }: ReconcileParts): ReconcileRuns {
  const history = createReplicaMarks(replicated.redis, replicated.replica);
  let failures = 0;
  let notBefore = 0;

  async function fill({ heartbeat, stopping }: TaskSignals): Promise<void> {
    await replicated.fillIfEmpty({
      onProgress() {
        heartbeat();
        // Another worker begins again, once the lease of this fill is over.
        if (stopping()) throw new TenantryError('CLOSED', 'This worker is closed.');
      },
    });
  }

  async function audit(
    { heartbeat, stopping }: TaskSignals,
    repair: boolean,
    goesOn?: () => Promise<boolean>,
  ): Promise<void> {
    const stop = new AbortController();
    await replicated.audit({
      repair,
      pauseMs: PAUSE_MS,
      signal: stop.signal,
      onProgress() {
        heartbeat();
        if (stopping()) stop.abort();
        goesOn?.().then(
          isOurs => isOurs || stop.abort(),
          () => stop.abort(),
        );
      },
    });
  }

  return {
    async fill(signals) {
      await fill(signals);
      const verdict = await replicated.checkHistory();
      if (verdict === 'database') onError(rewound());
      if (verdict === 'redis') await fill(signals);
      if (verdict === 'redis' || verdict === 'restarted') startRepair();
    },

    async audit(signals) {
      // The first turn of a schedule comes at once, and what is only being filled lacks what it lacks.
      if (await replicated.replica.isFilled()) await audit(signals, auditRepairs);
    },

    async repair(signals) {
      if (performance.now() < notBefore || (await replicated.checkHistory()) !== 'restarted') return;
      const token = await history.beginRepair();
      if (token === undefined) return;
      try {
        await audit(signals, true, () => history.keepRepairing(token));
      } finally {
        // Not all day, where something fails each time, or a Redis evicts all the time.
        failures = (await replicated.checkHistory().catch(() => undefined)) === 'same' ? 0 : failures + 1;
        notBefore = performance.now() + (failures > 1 ? Math.min(2 ** failures * AGAIN_MS, LONGEST_AGAIN_MS) : 0);
        await within(GIVE_UP_MS, 'Giving up a repair', history.endRepair(token)).catch(() => undefined);
      }
    },
  };
}

function rewound(): TenantryError {
  return new TenantryError(
    'REWOUND',
    'The database went back to an earlier state: changes of what was written since are refused by Redis as old. Run `tenantry-worker audit --resync`.',
  );
}
