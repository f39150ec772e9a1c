import { endConnection, isCluster, type RedisClient, within } from '@tenantry/redis';

/** As much of BullMQ's queue and worker as is needed to end them. */
export interface QueueEnds {
  readonly queue: { close(): Promise<void> };
  readonly worker: {
    pause(doNotWaitActive: boolean): Promise<void>;
    close(force: boolean): Promise<void>;
    getBackend(): { close(force: boolean): Promise<unknown> };
  };
  readonly connection: RedisClient;
}

/** Lets the job under way end, then lets go of Redis; after `timeoutMs` whatever happens. */
export async function closeQueue({ queue, worker, connection }: QueueEnds, timeoutMs: number): Promise<void> {
  // With Redis away, BullMQ would wait for it to be back.
  const force = !isConnected(connection);
  // Paused first: where Redis goes away only now, `close` would never come to stop its timer of 30 s.
  const closed = worker
    .pause(true)
    .then(() => worker.close(force))
    .then(() => queue.close());
  await within(timeoutMs, 'Closing the queue', closed).catch(() => undefined);
  // BullMQ's own connection, where it did not get so far.
  worker
    .getBackend()
    .close(true)
    .catch(() => undefined);
  endConnection(connection);
}

function isConnected(redis: RedisClient): boolean {
  return redis.status === 'ready' || (isCluster(redis) && redis.status === 'connect');
}
