import type { AuditLog, ConfigStore, JanitorOptions, Replication, WriteBack } from '@tenantry/mikro-orm';
import type { TenantryError } from '@tenantry/protocol';
import { BackgroundTask, type TaskSignals } from '../schedule/background-task.ts';
import { createReconcileRuns } from './reconcile-tasks.ts';

/** Everything that a worker does again and again. */
export type TaskName = 'relay' | 'fill' | 'audit' | 'repair' | 'purge' | 'flush' | 'sweep' | 'expire' | 'trim';

/** The tasks work with these. */
export interface TaskParts {
  readonly replicated: Replication;
  readonly store: Pick<ConfigStore, 'expireDue' | 'trimRevisions'>;
  /** Undefined: there is none, or all of it is kept. */
  readonly auditLog: Pick<AuditLog, 'trim'> | undefined;
  readonly writeBack: Pick<WriteBack, 'dirtyTenants' | 'findDirtyTenants' | 'flush'>;
  readonly options: {
    readonly tombstoneAgeMs: number;
    readonly auditLogRetentionMs: number;
    readonly flushEveryMs: number;
    readonly auditRepairs: boolean;
  };
  /** Has some worker flush each of these tenants. */
  addFlushes(tenants: readonly string[]): Promise<void>;
  readonly onError: (error: TenantryError) => void;
}

/** Longer than a job takes to get from a killed worker to another one. */
const OVERDUE_MS = 15_000;

export function createTasks(parts: TaskParts): Readonly<Record<TaskName, BackgroundTask>> {
  const { replicated, store, auditLog, writeBack, options, onError } = parts;
  const task = (name: string, run: (signals: TaskSignals) => Promise<void>) =>
    new BackgroundTask({ name, run, onError });
  const startRepair = () => tasks.repair.start();
  const reconcile = createReconcileRuns({ replicated, auditRepairs: options.auditRepairs, startRepair, onError });
  const tasks = {
    relay: task('Relaying', async ({ heartbeat, stopping }) => {
      while ((await replicated.relay()).more && !stopping()) heartbeat();
    }),
    fill: task('Filling Redis', signals => reconcile.fill(signals)),
    audit: task('The audit', signals => reconcile.audit(signals)),
    repair: task('The repair', signals => reconcile.repair(signals)),
    purge: task('Purging tombstones', async () => {
      await replicated.replica.purgeTombstones(options.tombstoneAgeMs);
    }),
    flush: task('Flushing write-backs', signals => flush(parts, signals)),
    sweep: task('Looking for write-backs', async () => {
      await writeBack.findDirtyTenants();
    }),
    expire: task('Ending values whose time has come', async signals => {
      await store.expireDue(untilStopped(signals));
    }),
    trim: task('Trimming histories', async signals => {
      await store.trimRevisions(untilStopped(signals));
      if (!signals.stopping())
        await auditLog?.trim({ olderThanMs: options.auditLogRetentionMs, ...untilStopped(signals) });
    }),
  };
  return tasks;
}

async function flush(parts: TaskParts, { heartbeat, stopping }: TaskSignals): Promise<void> {
  const { writeBack, options, addFlushes } = parts;
  const tenants = await writeBack.dirtyTenants();
  if (tenants.length > 0 && !stopping()) await addFlushes(tenants);
  // Tenants whose jobs are held up somewhere.
  for (const tenant of await writeBack.dirtyTenants({ unflushedMs: OVERDUE_MS + 2 * options.flushEveryMs })) {
    if (stopping()) return;
    await writeBack.flush(tenant);
    heartbeat();
  }
}

/** A janitor's options: it ends after the batch that is under way when the worker closes. */
function untilStopped({ heartbeat, stopping }: TaskSignals): JanitorOptions {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    onProgress() {
      heartbeat();
      if (stopping()) stop.abort();
    },
  };
}
