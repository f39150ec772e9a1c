import { describe, expect, it } from 'vitest';
import { fullRate, rateWaitMs, takeFromRate } from './rate.ts';

const limits = { perSecond: 10, burst: 3 };

/** How many calls go between two moments, where someone asks each ms. */
function callsBetween(from: number, to: number, state = fullRate(limits, from)) {
  let calls = 0;
  for (let at = from; at < to; at++)
    while (rateWaitMs(state, at, limits) === 0) {
      state = takeFromRate(state, at, limits);
      calls++;
    }
  return { calls, state };
}

describe('a rate', () => {
  // I1
  it('lets a burst go at once, then so many a second', () => {
    expect(callsBetween(0, 1).calls).toBe(3);
    expect(callsBetween(0, 10_000).calls).toBe(3 + 99);
  });

  it('says when the next call may go, and then it may', () => {
    const { state } = callsBetween(0, 1);
    expect(rateWaitMs(state, 0, limits)).toBe(100);
    expect(rateWaitMs(state, 60, limits)).toBe(40);
    expect(rateWaitMs(state, 99, limits)).toBe(1);
    expect(rateWaitMs(state, 100, limits)).toBe(0);
  });

  it('saves no more than a burst up', () => {
    const { state } = callsBetween(0, 1);
    expect(callsBetween(1_000_000, 1_000_001, state).calls).toBe(3);
  });

  it('gives nothing for a clock that is put back', () => {
    const { state } = callsBetween(5_000, 5_001);
    expect(rateWaitMs(state, 0, limits)).toBe(100);
  });

  it('may be less than one call a second', () => {
    const slow = { perSecond: 0.1, burst: 1 };
    const state = takeFromRate(fullRate(slow, 0), 0, slow);
    expect(rateWaitMs(state, 0, slow)).toBe(10_000);
  });
});
