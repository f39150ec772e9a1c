import { isCluster, type RedisClient, within } from '@tenantry/redis';
import type { QueueConnection } from '@tenantry/worker-source/internal';

/** As much of BullMQ's queue and worker as is needed to end them. */
export interface QueueEnds {
  readonly queue: { close(): Promise<void> };
  readonly worker: {
    endPauses(): void;
    pause(doNotWaitActive: boolean): Promise<void>;
    close(force: boolean): Promise<void>;
    getBackend(): { close(force: boolean): Promise<unknown> };
  };
  readonly connection: QueueConnection;
}

/** Lets the job under way end, then lets go of Redis; after `timeoutMs` whatever happens. */
export async function closeQueue({ queue, worker, connection }: QueueEnds, timeoutMs: number): Promise<void> {
  worker.endPauses();
  // With Redis away, BullMQ would wait for it to be back.
  const force = !isConnected(connection.redis);
  // Paused first: where Redis goes away only now, `close` would never come to stop its timer of 30 s.
  const closed = worker
    .pause(true)
    .then(() => worker.close(force))
    .then(() => queue.close());
  await within(timeoutMs, 'Closing the queue', closed).catch(() => undefined);
  // Where it did not get so far. It is told before its connections end, or it would make them anew; what it waits for on them
  // is settled by their end; and what it then does to them leaves a timer of ioredis's.
  const letGo = worker.getBackend().close(true);
  connection.end();
  await within(LET_GO_MS, 'Letting go of Redis', letGo).catch(() => undefined);
  connection.end();
}

/** It takes no time: nothing is asked of Redis. */
const LET_GO_MS = 100;

function isConnected(redis: RedisClient): boolean {
  return redis.status === 'ready' || (isCluster(redis) && redis.status === 'connect');
}
