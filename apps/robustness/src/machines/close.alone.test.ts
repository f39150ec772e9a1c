import { createHook } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { BUSY_MS, startSentinel } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { noCluster, startCluster } from '../../../../packages/redis/src/cluster.fixture.ts';
import { openWholePath, type WholePathOptions } from './whole-path.fixture.ts';

/** What may keep this process alive, by Node's names, beside what did before. */
function holders(): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

/** Who set the timers that have neither come nor been cleared. */
const timers = new Map<number, string>();
createHook({
  init(id, type) {
    if (type === 'Timeout') timers.set(id, new Error('set').stack ?? '');
  },
  destroy: id => void timers.delete(id),
}).enable();

const isSocket = ([name]: readonly [string, number]): boolean => name === 'TCPSocketWrap';

/** Opens everything, has it work, closes it while Redis is as `before` makes it, and answers with what still holds the process after so long. */
async function leftBehind(
  connect: WholePathOptions['connect'],
  endMs: number,
  before: () => Promise<unknown>,
): Promise<string[]> {
  const known = holders();
  const path = await openWholePath({ connect, worker: { closeTimeoutMs: 1_000 } });
  await path.write('one');
  await path.arrived('one');
  await before();
  await path[Symbol.asyncDispose]();
  // Nothing says when the last timer has gone: so it is as long as the promise allows.
  await delay(endMs);
  const remaining = () => [...holders()].filter(([name, n]) => name !== 'Immediate' && n > (known.get(name) ?? 0));
  // A socket is gone once the server has ended its side, too: a busy machine lets it wait.
  const since = performance.now();
  while (remaining().length > 0 && remaining().every(isSocket) && performance.now() - since < BUSY_MS) await delay(20);
  const left = remaining();
  const setBy = left.some(([name]) => name === 'Timeout') ? [...timers.values()] : [];
  return [...left.map(([name, n]) => `${n} × ${name}`), ...setBy];
}

const END_MS = 250;
/** ioredis ends a question for a Cluster's slots by its `slotsRefreshTimeout`, a second, and by nothing else. */
const CLUSTER_END_MS = END_MS + 1_000;
/** ioredis waits so long, by default two seconds, for each socket that it closes: also for those that are closed. */
const DISCONNECT_MS = 100;

// G8
describe.skipIf(noCluster)(noCluster ? `after the last close (skipped: ${noCluster})` : 'after the last close', () => {
  it.each(['there', 'gone', 'silent'] as const)(
    'nothing of a Cluster that is %s keeps a process alive',
    async state => {
      await using cluster = await startCluster();
      const left = await leftBehind(
        () => cluster.connect(DISCONNECT_MS),
        CLUSTER_END_MS,
        async () => {
          if (state === 'gone') for (const node of cluster.nodes) await node.kill();
          if (state === 'silent') for (const node of cluster.nodes) node.pause();
        },
      );
      if (state === 'silent') for (const node of cluster.nodes) node.resume();
      expect(left).toEqual([]);
    },
    180_000,
  );

  it.each(['there', 'gone', 'silent'] as const)(
    'nothing of a Sentinel whose servers are %s does',
    async state => {
      await using setup = await startSentinel();
      const { master, replica } = setup;
      const [sentinels, retry] = [[...setup.sentinels], () => 50];
      const connect = () => new Redis({ sentinels, name: 'main', sentinelRetryStrategy: retry, retryStrategy: retry });
      const left = await leftBehind(connect, END_MS, async () => {
        if (state === 'gone') for (const server of [master, replica]) await server.kill();
        if (state === 'silent') for (const server of [master, replica]) server.pause();
      });
      if (state === 'silent') for (const server of [master, replica]) server.resume();
      expect(left).toEqual([]);
    },
    180_000,
  );
});
