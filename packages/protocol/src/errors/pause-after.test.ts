import { describe, expect, it } from 'vitest';
import { pauseAfter } from './pause-after.ts';

const firstMs = 100;
const lastMs = 1_000;

describe('the pause after a failed attempt', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 800],
    [5, 1_000],
    [5_000, 1_000],
  ])('is twice as long each time, up to the longest: after attempt %i, %i ms', (attempt, pause) => {
    expect(pauseAfter(attempt, { firstMs, lastMs })).toBe(pause);
  });

  it('is half random where processes could come back together', () => {
    expect(pauseAfter(2, { firstMs, lastMs, random: () => 0 })).toBe(100);
    expect(pauseAfter(2, { firstMs, lastMs, random: () => 0.5 })).toBe(150);
    expect(pauseAfter(9, { firstMs, lastMs, random: () => 1 })).toBe(1_000);
  });

  it('stays none where there is none, however many attempts have failed', () => {
    expect(pauseAfter(5_000, { firstMs: 0, lastMs })).toBe(0);
  });
});
