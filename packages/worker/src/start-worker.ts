import { replication } from '@tenantry/mikro-orm';
import { TenantryError, withoutValues } from '@tenantry/protocol';
import { findEviction, within } from '@tenantry/redis';
import { type BackgroundTask, createBackgroundTask, type RunSigns } from './background-task.ts';
import { reportTrouble } from './report-trouble.ts';
import { startSchedule } from './start-schedule.ts';
import { startWatchdog } from './start-watchdog.ts';
import { checkWorkerOptions, type WorkerOptions } from './worker-options.ts';

/** A running worker. */
export interface TenantryWorker extends AsyncDisposable {
  /** Asks the workers for a relay run now instead of at the next turn of the schedule. Asked again within 100 ms, it counts once. */
  nudge(): Promise<void>;
  /** Lets what is under way end, then leaves: after `closeTimeoutMs` whatever happens. Idempotent. */
  close(): Promise<void>;
}

type Task = 'relay' | 'fill' | 'purge';

/**
 * Runs the relay and the janitors on a schedule that several workers share. What has to be done stands in the
 * database and in Redis, so nothing is lost with a worker, with a job or with the whole schedule.
 */
export async function startWorker(options: WorkerOptions): Promise<TenantryWorker> {
  const checked = checkWorkerOptions(options);
  const { orm, redis, relayEveryMs, fillEveryMs, purgeEveryMs, tombstoneAgeMs, closeTimeoutMs } = checked;
  const replicated = replication(orm);
  const { replica } = replicated;
  const onError = reportTrouble(checked.onError);
  const everyMs = { relay: relayEveryMs, fill: fillEveryMs, purge: purgeEveryMs };
  let closing: Promise<void> | undefined;

  const task = (name: string, run: (signs: RunSigns) => Promise<void>) => createBackgroundTask({ name, run, onError });
  const tasks: Readonly<Record<Task, BackgroundTask>> = {
    relay: task('Relaying', async ({ alive, stopping }) => {
      while ((await replicated.relay()).more && !stopping()) alive();
    }),
    fill: task('Filling Redis', async ({ alive, stopping }) => {
      const onProgress = () => {
        alive();
        // Another worker begins again, once the lease of this fill is over.
        if (stopping()) throw new TenantryError('CLOSED', 'This worker is closed.');
      };
      await replicated.fillIfEmpty({ onProgress });
    }),
    purge: task('Purging tombstones', async () => {
      await replica.purgeTombstones(tombstoneAgeMs);
    }),
  };
  let secondLook: NodeJS.Timeout | undefined;

  // A relay takes what it has seen before, and among many workers this one's next turn may be far. So it looks twice:
  // a change waits no longer with ten workers than with one, whose next turn comes first.
  function lookAgain(): void {
    clearTimeout(secondLook);
    secondLook = setTimeout(() => tasks.relay.start(), SECOND_LOOK_TURNS * relayEveryMs);
  }

  const schedule = startSchedule<Task>({
    redis,
    prefix: checked.prefix ?? replica.names.prefix,
    everyMs,
    onDue(name) {
      if (closing) return;
      tasks[name]?.start();
      if (name === 'relay') lookAgain();
    },
    onReady(connection) {
      findEviction(connection)
        .then(found => found && onError(found))
        .catch(error => closing || onError(withoutValues(error, 'Asking Redis for its eviction policy')));
    },
    onError,
  });
  const watchdog = startWatchdog({ tasks, everyMs, schedule, redis: replicated.redis, onError });

  async function stop(): Promise<void> {
    watchdog.close();
    clearTimeout(secondLook);
    const ended = Object.values(tasks).map(each => each.stop());
    const closed = Promise.all([schedule.close(closeTimeoutMs), ...ended]).then(() => replicated.settled());
    await within(closeTimeoutMs, 'Closing the worker', closed).catch(error =>
      onError(withoutValues(error, 'Closing the worker')),
    );
  }

  const close = () => {
    closing ??= stop();
    return closing;
  };
  return { nudge: () => schedule.nudge('relay'), close, [Symbol.asyncDispose]: close };
}

const SECOND_LOOK_TURNS = 1.2;
