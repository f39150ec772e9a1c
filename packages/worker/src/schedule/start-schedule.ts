import { TenantryError } from '@tenantry/protocol';
import { type RedisClient, within } from '@tenantry/redis';
import { openQueueConnection } from '@tenantry/worker-source/internal';
import { Queue } from 'bullmq';
import { closeQueue } from '../queues/close-queue.ts';
import { QueueWorker } from '../queues/queue-worker.ts';

/** What a schedule works with. */
export interface ScheduleParts<Task extends string> {
  readonly redis: RedisClient;
  readonly prefix: string;
  /** How often each task is due, in ms; one that is left out is never planned here. */
  readonly everyMs: Readonly<Partial<Record<Task, number>>>;
  /** This process was chosen to do what is due. Must return at once. */
  onDue(task: Task): void;
  /** Connected, for the first time or again. */
  onReady(connection: RedisClient): void;
  onError(error: TenantryError): void;
}

/** Says when tasks are due, to one of the processes that share it. Every call settles within 1 s. */
export interface Schedule<Task extends string> {
  /** Makes a task due now. */
  nudge(task: Task): Promise<void>;
  /** When a task is due next, by the clock of whoever planned it; undefined where Redis lost the schedule. */
  next(task: Task): Promise<number | undefined>;
  /** Plans a task from now on, whatever was planned, and what Redis has lost of the others. */
  renew(task: Task): Promise<void>;
  /** Idempotent. Settles within `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

const QUEUE = 'tenantry';
const CALL_MS = 1_000;
const NUDGE_MS = 100;

/**
 * BullMQ decides when, and for which process; it carries no value and waits for no work. So a job that is lost loses
 * nothing, and one whose worker was killed is in nobody's way: the next turn is planned when a job is taken.
 */
export function startSchedule<Task extends string>(parts: ScheduleParts<Task>): Schedule<Task> {
  const { redis, prefix, everyMs, onDue, onReady, onError } = parts;
  let closing: Promise<void> | undefined;
  const connection = openQueueConnection(redis, () => closing !== undefined);
  const options = {
    connection: connection.redis,
    // One hash tag, one slot of a Cluster. An `@` is in no tenant's name.
    prefix: `${prefix}:{@bullmq}`,
  };
  const queue = new Queue<null, void, Task>(QUEUE, { ...options, streams: { events: { maxLen: 100 } } });
  const worker = new QueueWorker<null, void, Task>(QUEUE, async job => onDue(job.name), {
    ...options,
    skipLockRenewal: true,
    runRetryDelay: 1_000,
  });

  const report = (error: Error & { code?: string }) => {
    if (!closing)
      onError(new TenantryError('UNAVAILABLE', `BullMQ has trouble: ${error.message || error.code || error.name}.`));
  };
  const bounded = <T>(what: string, call: () => Promise<T>): Promise<T> => {
    if (closing) return Promise.reject(new TenantryError('CLOSED', 'This worker is closed.'));
    return within(CALL_MS, what, connection.ready().then(call));
  };
  /** Leaves alone what is planned already, its next turn included. */
  const planAll = async () => {
    for (const [task, every] of Object.entries(everyMs) as [Task, number][])
      await queue.upsertJobScheduler(task, { every }, { name: task, data: null, opts: KEEP_NOTHING });
  };

  queue.on('error', report);
  worker.on('error', report);
  worker.on('failed', (_job, error) => report(error));
  connection.redis.on('ready', () => {
    bounded('Planning the schedule', planAll).catch(report);
    onReady(connection.redis);
  });

  return {
    nudge: task =>
      bounded('A nudge', async () => {
        // The mode with a ttl: without one, a job that got lost would hold all later nudges back.
        await queue.add(task, null, { ...KEEP_NOTHING, deduplication: { id: task, ttl: NUDGE_MS } });
      }),
    next: task => bounded('Looking at the schedule', async () => (await queue.getJobScheduler(task))?.next),
    renew: task =>
      bounded('Renewing the schedule', async () => {
        // A turn planned by a clock that was far ahead would be kept.
        await queue.removeJobScheduler(task);
        await planAll();
      }),
    close(timeoutMs) {
      // No job takes longer than the moment that `onDue` takes.
      closing ??= closeQueue({ queue, worker, connection }, timeoutMs);
      return closing;
    },
  };
}

const KEEP_NOTHING = { removeOnComplete: true, removeOnFail: true } as const;
