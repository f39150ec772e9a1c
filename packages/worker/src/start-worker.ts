import { auditLog, configStore, databaseSource, type Replication, replication, writeBack } from '@tenantry/mikro-orm';
import type { TenantryError } from '@tenantry/protocol';
import { logError, logOf, withoutValues } from '@tenantry/protocol/internal';
import { createLoads, evictionProblemOf, type RedisClient, whenReady, within } from '@tenantry/redis';
import { serveLoads } from './queues/serve-loads.ts';
import { startFlushJobs } from './queues/start-flush-jobs.ts';
import { startSchedule } from './schedule/start-schedule.ts';
import { startWatchdog } from './schedule/start-watchdog.ts';
import { throttleErrors } from './schedule/throttle-errors.ts';
import { createTasks, type TaskName } from './tasks/create-tasks.ts';
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './worker-options.ts';

/** A running worker. */
export interface TenantryWorker extends AsyncDisposable {
  /** Asks the workers for a relay run now instead of at the next turn of the schedule. Asked again within 100 ms, it counts once. */
  nudge(): Promise<void>;
  /** Lets what is under way end, then leaves: after `closeTimeoutMs` whatever happens. Idempotent. */
  close(): Promise<void>;
}

/**
 * Runs the relay, the write-back and the janitors on a schedule that several workers share. What has to be done stands in
 * the database and in Redis, so nothing is lost with a worker, with a job or with the whole schedule. Rejects with
 * `INVALID_OPTION` where configs are written back to a Redis that may evict them, with `INSTALLATION_CONFLICT` where another database has this prefix,
 * and with `NOT_REGISTERED` where `auditLogRetentionMs` is set and the ORM has no audit log.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one place that puts the parts together.
export async function startWorker(options: WorkerOptions): Promise<TenantryWorker> {
  const checked = checkWorkerOptions(options);
  const { orm, redis, closeTimeoutMs } = checked;
  const replicated = replication(orm);
  const { replica } = replicated;
  const back = writeBack(orm);
  const store = configStore(orm);
  // Throws `NOT_REGISTERED` where there is no audit log to trim.
  const audit = checked.auditLogRetentionMs > 0 ? auditLog(orm) : undefined;
  const definitions = [...store.definitions.values()];
  const hasWriteBack = definitions.some(({ writePolicy }) => writePolicy === 'write-back');
  await Promise.all([hasWriteBack && refuseEviction(replicated.redis), refuseOther(replicated)]);
  const log = logOf(checked.logger);
  const onError = throttleErrors(error => {
    logError(log, 'warn', error);
    checked.onError(error);
  });
  const everyMs = periodsOf(checked);
  const prefix = checked.prefix ?? replica.names.prefix;
  let closing: Promise<void> | undefined;

  const flushJobs = startFlushJobs({ redis, prefix, writeBack: back, onError });
  const addFlushes = (tenants: readonly string[]) => flushJobs.add(tenants);
  const parts = { replicated, store, auditLog: audit, writeBack: back, options: checked };
  const tasks = createTasks({ ...parts, addFlushes, onError });
  const loads =
    definitions.length > 0
      ? serveLoads({
          ...{ redis, prefix, onError },
          source: databaseSource(orm),
          now: () => replicated.now(),
          loads: createLoads({ redis: replicated.redis, prefix: replica.names.prefix }),
          definitions: store.definitions,
        })
      : undefined;
  let secondLook: NodeJS.Timeout | undefined;

  // A relay takes what it has seen before, and among many workers this one's next turn may be far. So it looks twice:
  // a change waits no longer with ten workers than with one, whose next turn comes first.
  function lookAgain(): void {
    clearTimeout(secondLook);
    secondLook = setTimeout(() => tasks.relay.start(), SECOND_LOOK_TURNS * checked.relayEveryMs);
  }

  const schedule = startSchedule<TaskName>({
    redis,
    prefix,
    everyMs,
    onDue(name) {
      if (closing) return;
      tasks[name]?.start();
      if (name === 'relay') lookAgain();
    },
    onReady(connection) {
      evictionProblemOf(connection)
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
    const queues = [schedule.close(closeTimeoutMs), flushJobs.close(closeTimeoutMs), loads?.close(closeTimeoutMs)];
    const closed = Promise.all([...queues, ...ended])
      .then(drain)
      .then(() => replicated.settled());
    await within(closeTimeoutMs, 'Closing the worker', closed).catch(error =>
      onError(withoutValues(error, 'Closing the worker')),
    );
  }

  /** The last worker to leave leaves nothing behind that it could flush. */
  async function drain(): Promise<void> {
    if (replicated.redis.status !== 'ready') return;
    for (const tenant of await back.dirtyTenants()) await back.flush(tenant);
  }

  const close = () => {
    closing ??= stop();
    return closing;
  };
  return { nudge: () => schedule.nudge('relay'), close, [Symbol.asyncDispose]: close };
}

const SECOND_LOOK_TURNS = 1.2;

/** How often each task is due, in ms; a repair is begun by what finds a loss. */
function periodsOf(options: CheckedWorkerOptions): Partial<Record<TaskName, number>> {
  const { auditEveryMs } = options;
  return {
    relay: options.relayEveryMs,
    fill: options.fillEveryMs,
    purge: options.purgeEveryMs,
    flush: options.flushEveryMs,
    sweep: options.sweepEveryMs,
    expire: options.expireEveryMs,
    trim: options.trimEveryMs,
    ...(auditEveryMs > 0 ? { audit: auditEveryMs } : {}),
  };
}

/** What cannot be asked now is asked again by whoever writes. */
async function refuseOther(replicated: Replication): Promise<void> {
  const asking = within(1_000, 'Asking whose Redis it is', replicated.checkInstallation());
  const found = await asking.catch((error: TenantryError) => error);
  if (found?.code === 'INSTALLATION_CONFLICT') throw found;
}

/** A Redis that cannot be asked now is asked again by the first write. */
async function refuseEviction(redis: RedisClient): Promise<void> {
  const asking = whenReady(redis).then(() => evictionProblemOf(redis));
  const found = await within(1_000, 'Asking Redis for its eviction policy', asking).catch(() => undefined);
  if (found) throw found;
}
