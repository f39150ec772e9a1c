import type { TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import type { RedisClient } from '@tenantry/redis';
import type { BackgroundTask } from './background-task.ts';
import type { Schedule } from './start-schedule.ts';

/** What the watchdog watches. */
export interface WatchdogParts<Task extends string> {
  readonly tasks: Readonly<Record<Task, BackgroundTask>>;
  readonly everyMs: Readonly<Partial<Record<Task, number>>>;
  readonly schedule: Pick<Schedule<Task>, 'next' | 'renew'>;
  /** The connection the tasks work with. */
  readonly redis: RedisClient;
  onError(error: TenantryError): void;
}

const PATIENCE_TURNS = 3;

/**
 * Sees to it that each task goes on, whatever becomes of the schedule: lost with all of Redis, torn by a worker that
 * died while it planned the next turn, planned by a clock that was far ahead, or never asked for by a BullMQ that is
 * stuck. Runs of this process prove that the schedule lives. Several workers share it, so where there were none
 * the next turn is looked up: while it moves on, some other worker is at work.
 */
export function startWatchdog<Task extends string>(parts: WatchdogParts<Task>): { close(): void } {
  const all = Object.entries(parts.everyMs) as [Task, number][];
  let isClosed = false;
  // A look that is under way while the worker closes ends with its connection: that is no trouble.
  const onError = (error: TenantryError) => void (isClosed || parts.onError(error));
  const timers = all.map(([name, everyMs]) => setInterval(watch(name, everyMs, { ...parts, onError }), everyMs));
  return {
    close() {
      isClosed = true;
      for (const timer of timers) clearInterval(timer);
    },
  };
}

function watch<Task extends string>(name: Task, everyMs: number, parts: WatchdogParts<Task>): () => void {
  const { tasks, schedule, redis, onError } = parts;
  const task = tasks[name];
  let signAt = performance.now();
  let known: number | undefined;
  let looking = false;

  async function look(): Promise<void> {
    const next = await schedule.next(name).catch(() => undefined);
    signAt = performance.now();
    const movedOn = next !== undefined && next !== known;
    known = next;
    if (movedOn) return;
    // By itself, first: the schedule may be beyond repair.
    task.start();
    await schedule.renew(name);
  }

  return () => {
    signAt = Math.max(signAt, task.lastRunAt);
    if (looking || performance.now() - signAt <= PATIENCE_TURNS * everyMs) return;
    // Without Redis there is nothing to be done; the schedule is planned anew when it is back.
    if (LOST.includes(redis.status)) return;
    looking = true;
    look()
      .catch(error => onError(withoutValues(error, 'Renewing the schedule')))
      .finally(() => {
        looking = false;
      });
  };
}

const LOST: readonly string[] = ['reconnecting', 'close', 'end'];
