import { expect, it } from 'vitest';
import { Lane } from './lane.ts';

it('runs one thing at a time, in the order in which they came', async () => {
  const lane = new Lane();
  const events: string[] = [];
  const { promise: first, resolve: endFirst } = Promise.withResolvers<void>();
  const turn = (name: string, until: Promise<void> = Promise.resolve()) =>
    lane.turn(async () => {
      events.push(`${name} begins`);
      await until;
      events.push(`${name} ends`);
      return name;
    });
  const all = Promise.all([turn('first', first), turn('second')]);
  await new Promise(resolve => setImmediate(resolve));
  expect(events).toEqual(['first begins']);
  endFirst();
  expect(await all).toEqual(['first', 'second']);
  expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

it('tells a failure to the one whose turn it was, and goes on', async () => {
  const lane = new Lane();
  const failed = lane.turn(() => Promise.reject(new Error('no server')));
  const next = lane.turn(async () => 'next');
  await expect(failed).rejects.toThrow('no server');
  expect(await next).toBe('next');
});
