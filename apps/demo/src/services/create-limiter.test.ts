import { expect, it } from 'vitest';
import { type Counters, createLimiter } from './create-limiter.ts';

it('allows so many calls of each caller within a window, and again after it', () => {
  const limiter = createLimiter({ most: 2, windowSeconds: 10 }, new Map());
  const allowed = (caller: string, at: number) => limiter(caller, at).isAllowed;
  expect([allowed('ann', 0), allowed('ann', 1), allowed('ann', 9_999), allowed('bob', 2)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(limiter('ann', 10_000)).toEqual({ isAllowed: true, calls: 1, most: 2, windowSeconds: 10 });
});

it('goes on counting where the limiter before it was: new limits forgive nothing', () => {
  const counters: Counters = new Map();
  const before = createLimiter({ most: 3, windowSeconds: 10 }, counters);
  for (const at of [0, 1, 2]) before('ann', at);
  const lower = createLimiter({ most: 2, windowSeconds: 10 }, counters);
  expect(lower('ann', 3)).toMatchObject({ isAllowed: false, calls: 3 });
  const higher = createLimiter({ most: 4, windowSeconds: 10 }, counters);
  expect(higher('ann', 4)).toMatchObject({ isAllowed: true, calls: 4 });
  // A call that began with the limits before counts as well.
  expect(before('ann', 5)).toMatchObject({ isAllowed: false, calls: 4 });
  expect(createLimiter({ most: 2, windowSeconds: 5 }, counters)('ann', 5_000)).toMatchObject({ calls: 1 });
});
