import { replication } from '@tenantry/mikro-orm';
import { isCluster, type RedisClient, within } from '@tenantry/redis';
import { Queue, Worker } from 'bullmq';
import { checkWorkerOptions, DEFAULTS, type WorkerOptions } from './worker-options.ts';

/** A running worker. */
export interface TenantryWorker extends AsyncDisposable {
  /** Asks for a relay run now instead of at the next turn of the schedule. */
  nudge(): Promise<void>;
  /** Lets jobs that are under way end, then leaves. Idempotent. */
  close(): Promise<void>;
}

type Task = 'relay' | 'fill' | 'purge';

/**
 * Runs the relay and the janitors on BullMQ's schedule; several workers share it. A job carries no value: what has to
 * be done stands in the database and in Redis, so a lost job loses nothing, and a Redis that lost its schedule with
 * everything else gets it again from whichever worker notices.
 */
export async function startWorker(options: WorkerOptions): Promise<TenantryWorker> {
  checkWorkerOptions(options);
  const { orm, redis, prefix, relayEveryMs, fillEveryMs, purgeEveryMs, tombstoneAgeMs, closeTimeoutMs, onError } = {
    ...DEFAULTS,
    ...options,
  };
  const replicated = replication(orm);
  const everyMs: Readonly<Record<Task, number>> = { relay: relayEveryMs, fill: fillEveryMs, purge: purgeEveryMs };
  const connections = [connectionFor(redis), connectionFor(redis)] as const;
  // The hash tag keeps BullMQ's keys in one Cluster slot.
  const names = { prefix: `${prefix}:{bullmq}` };
  const queue = new Queue<null, void, Task>('tenantry', { ...names, connection: connections[0] });
  const worker = new Worker<null, void, Task>('tenantry', job => tasks[job.name](), {
    ...names,
    connection: connections[1],
    concurrency: 3,
  });
  let closing: Promise<void> | undefined;
  let lastRelayAt = performance.now();

  const tasks: Readonly<Record<Task, () => Promise<void>>> = {
    async relay() {
      lastRelayAt = performance.now();
      if ((await replicated.relay()).more) await nudge();
    },
    async fill() {
      await replicated.fillIfEmpty();
    },
    async purge() {
      await replicated.replica.purgeTombstones(tombstoneAgeMs);
    },
  };

  async function nudge(): Promise<void> {
    // One waiting nudge is enough: the run it asks for takes everything that is due.
    await queue.add('relay', null, { ...KEEP_NOTHING, deduplication: { id: 'nudge' } });
  }

  async function schedule(): Promise<void> {
    for (const [task, every] of Object.entries(everyMs) as [Task, number][])
      await queue.upsertJobScheduler(task, { every }, { name: task, data: null, opts: KEEP_NOTHING });
  }

  // Redis may have lost the schedule without this process losing its connection.
  const watchdog = setInterval(() => {
    const idleMs = performance.now() - lastRelayAt;
    if (idleMs > WATCHDOG_TURNS * relayEveryMs && redis.status === 'ready') schedule().catch(onError);
  }, WATCHDOG_TURNS * relayEveryMs);
  queue.on('error', onError);
  worker.on('error', onError);
  worker.on('failed', (_job, error) => onError(error));
  for (const connection of connections) connection.on('error', onError);
  connections[0].on('ready', () => schedule().catch(onError));

  async function stop(): Promise<void> {
    clearInterval(watchdog);
    await within(closeTimeoutMs, 'Closing the worker', worker.close()).catch(onError);
    await within(closeTimeoutMs, 'Closing the queue', queue.close()).catch(onError);
    for (const connection of connections) connection.disconnect();
    await replicated.settled();
  }

  const close = () => {
    closing ??= stop();
    return closing;
  };
  return { nudge, close, [Symbol.asyncDispose]: close };
}

const KEEP_NOTHING = { removeOnComplete: true, removeOnFail: 100 } as const;
const WATCHDOG_TURNS = 5;

/** BullMQ waits for a lost Redis without end, and wants to be told so. */
function connectionFor(redis: RedisClient): RedisClient {
  return isCluster(redis)
    ? redis.duplicate([], { redisOptions: { maxRetriesPerRequest: null } })
    : redis.duplicate({ maxRetriesPerRequest: null, enableOfflineQueue: true, lazyConnect: false });
}
