import { expect, it } from 'vitest';
import { linePoints } from './line-points.ts';

it('a line goes from the left to the right, the highest at the top, with gaps where nothing is known', () => {
  expect(linePoints([0, undefined, 10], 100, 20)).toBe('0,18 100,2');
  expect(linePoints([5, 5], 100, 20)).toBe('0,10 100,10');
});
