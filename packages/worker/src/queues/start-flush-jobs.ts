import type { WriteBack } from '@tenantry/mikro-orm';
import { TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { type RedisClient, within } from '@tenantry/redis';
import { openQueueConnection } from '@tenantry/worker-source/internal';
import { Queue } from 'bullmq';
import { closeQueue } from './close-queue.ts';
import { QueueWorker } from './queue-worker.ts';

/** What flush jobs work with. */
export interface FlushJobsParts {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly writeBack: Pick<WriteBack, 'flush'>;
  onError(error: TenantryError): void;
}

/** Flushes of single tenants, shared by all workers. */
export interface FlushJobs {
  /** Has some worker flush each of these tenants; one that waits for its flush already is not asked for twice. Settles within 1 s. */
  add(tenants: readonly string[]): Promise<void>;
  /** Idempotent. Settles within `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

const QUEUE = 'tenantry-flush';
const CALL_MS = 1_000;
const CONCURRENCY = 4;

// A job whose worker was killed goes to another one after about the second.
const LOCK_MS = 5_000;
const STALLED_MS = 2_500;

const RETRIES = {
  attempts: 6,
  backoff: { type: 'exponential', delay: 200, jitter: 0.5 },
  removeOnComplete: true,
  // The next turn of the schedule asks again.
  removeOnFail: true,
} as const;

/**
 * A job names a tenant and carries nothing of its values: those are in Redis until they are in the database. So a job that
 * is lost loses nothing, and two for one tenant only find each other's work done.
 */
export function startFlushJobs({ redis, prefix, writeBack, onError }: FlushJobsParts): FlushJobs {
  let closing: Promise<void> | undefined;
  const connection = openQueueConnection(redis, () => closing !== undefined);
  const options = { connection: connection.redis, prefix: `${prefix}:{@bullmq}` };
  const queue = new Queue<string>(QUEUE, { ...options, streams: { events: { maxLen: 100 } } });
  const worker = new QueueWorker<string>(QUEUE, async job => void (await writeBack.flush(job.data)), {
    ...options,
    concurrency: CONCURRENCY,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    runRetryDelay: 1_000,
  });
  const report = (error: Error & { code?: string }) => {
    if (!closing)
      onError(new TenantryError('UNAVAILABLE', `BullMQ has trouble: ${error.message || error.code || error.name}.`));
  };
  queue.on('error', report);
  worker.on('error', report);
  worker.on('failed', (_job, error) => closing || onError(withoutValues(error, 'Flushing write-backs')));

  return {
    async add(tenants) {
      if (closing) throw new TenantryError('CLOSED', 'This worker is closed.');
      const jobs = tenants.map(tenant => ({
        name: 'flush',
        data: tenant,
        // A job of this id that still waits, runs or is between two attempts stands for this one. BullMQ takes no colon in
        // it, and no number.
        opts: { ...RETRIES, jobId: `t${Buffer.from(tenant).toString('hex')}` },
      }));
      await within(
        CALL_MS,
        'Asking for flushes',
        connection.ready().then(() => queue.addBulk(jobs)),
      );
    },
    close(timeoutMs) {
      closing ??= closeQueue({ queue, worker, connection }, timeoutMs);
      return closing;
    },
  };
}
