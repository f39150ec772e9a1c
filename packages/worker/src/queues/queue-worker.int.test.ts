import { setImmediate as turn } from 'node:timers/promises';
import { freePort, freshPrefix, testServers } from '@tenantry/testing';
import { openQueueConnection } from '@tenantry/worker-source/internal';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { QueueWorker } from './queue-worker.ts';

/** Whether it has ended after some turns of the event loop, in which no timer of seconds comes. */
async function stateOf(work: Promise<unknown>): Promise<'ended' | 'waits'> {
  let state: 'ended' | 'waits' = 'waits';
  work.then(() => {
    state = 'ended';
  });
  for (let i = 0; i < 20; i++) await turn();
  return state;
}

/** A worker whose looks for stalled jobs fail as a lost connection makes them fail. */
class Unlucky extends QueueWorker<null> {
  look(): Promise<unknown> {
    return this.checkConnectionError(() => Promise.reject(new Error('Connection is closed.')));
  }
}

// G8
it('ends the pause after a failed look for stalled jobs, and begins none once it closes', async () => {
  await using prefix = freshPrefix(testServers().redisUrl);
  const application = new Redis(await freePort(), { lazyConnect: true });
  const connection = openQueueConnection(application, () => true);
  const worker = new Unlucky('unlucky', async () => undefined, {
    connection: connection.redis,
    prefix: `${prefix.prefix}:{@bullmq}`,
  });
  worker.on('error', () => undefined);
  const looking = worker.look();
  expect(await stateOf(looking)).toBe('waits');
  worker.endPauses();
  expect(await stateOf(looking)).toBe('ended');
  expect(await stateOf(worker.look())).toBe('ended');
  const closed = worker.close(true);
  connection.end();
  await closed;
  application.disconnect();
});
