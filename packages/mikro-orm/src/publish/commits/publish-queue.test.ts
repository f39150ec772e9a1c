import { expect, it } from 'vitest';
import { PublishQueue } from './publish-queue.ts';

function queueOf(maxChanges: number) {
  const batches: number[] = [];
  let left = 0;
  const queue = new PublishQueue({
    publish: async committed => batches.push(committed.length) > 0,
    maxChanges,
    leftToRelay: () => left++,
    warn: () => undefined,
  });
  return { queue, batches, left: () => left };
}

it('a transaction of which only the outbox knows what it changed counts as 100 changes in a batch', async () => {
  const { queue, batches } = queueOf(10_000);
  for (let i = 0; i < 25; i++) queue.add({ transactionId: `${i}`, changes: undefined });
  await queue.drained();
  expect(batches).toEqual([10, 10, 5]);
});

it('and as one that is held: the queue has its name alone', async () => {
  const { queue, batches, left } = queueOf(25);
  for (let i = 0; i < 30; i++) queue.add({ transactionId: `${i}`, changes: undefined });
  await queue.drained();
  expect([batches, left()]).toEqual([[10, 10, 5], 5]);
});
