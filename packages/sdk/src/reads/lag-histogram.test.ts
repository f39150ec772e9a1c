import { expect, it } from 'vitest';
import { LagCounter } from './lag-histogram.ts';

it('counts each change in the first bucket that holds it, the slowest in the last', () => {
  const lag = new LagCounter();
  for (const ms of [-5, 0, 1, 1.5, 2, 3, 60_000, 60_001, Number.POSITIVE_INFINITY]) lag.count(ms);
  const { boundsMs, counts } = lag.histogram;
  expect(counts).toHaveLength(boundsMs.length + 1);
  expect(boundsMs.toSorted((a, b) => a - b)).toEqual(boundsMs);
  expect(counts.slice(0, 3)).toEqual([3, 2, 1]);
  expect(counts.slice(-2)).toEqual([1, 2]);
  expect(counts.reduce((sum, count) => sum + count)).toBe(9);
});

it('hands out a copy', () => {
  const lag = new LagCounter();
  const before = lag.histogram;
  lag.count(1);
  expect(before.counts[0]).toBe(0);
});
