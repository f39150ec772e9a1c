import { expect, it } from 'vitest';
import { atMost } from './at-most.ts';

it('runs so many at once and no more, and gives the results in the order of the items', async () => {
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = atMost(2, [0, 1, 2, 3, 4], async (item, i) => {
    begun.push(item);
    await gates[i]?.promise;
    return item * 10;
  });
  expect(begun).toEqual([0, 1]);
  gates[1]?.resolve();
  await gates[1]?.promise;
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates.toReversed()) gate.resolve();
  expect(await all).toEqual([0, 10, 20, 30, 40]);
});

it('begins nothing more after the first error', async () => {
  const held = Promise.withResolvers<void>();
  const begun: number[] = [];
  const all = atMost(2, [0, 1, 2, 3, 4], async item => {
    begun.push(item);
    if (item === 1) throw new Error('one');
    await held.promise;
  });
  await expect(all).rejects.toThrow('one');
  held.resolve();
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1]);
});

it('does what is there at once before anything else goes on', async () => {
  let done = 0;
  const items = Array.from({ length: 10_000 }, (_, i) => i);
  const all = atMost(3, items, i => {
    done++;
    return i + 1;
  });
  expect(done).toBe(10_000);
  expect(await all).toEqual(items.map(i => i + 1));
  expect(await atMost(3, [], () => 1)).toEqual([]);
});
