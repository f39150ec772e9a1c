import { expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

it.each<[typed: string, nearest: string | undefined]>([
  ['pln', 'plan'],
  ['plam', 'plan'],
  ['app/limt', 'app/limit'],
  ['seats', 'seats'],
  ['nope', undefined],
  ['x', undefined],
  ['', undefined],
])('of %j the name is %s', (typed, nearest) => {
  expect(nearestName(typed, ['mode', 'plan', 'app/limit', 'seats'])).toBe(nearest);
});
