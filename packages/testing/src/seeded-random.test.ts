import { expect, it } from 'vitest';
import { seededRandom } from './seeded-random.ts';

it('repeats itself from the same seed, and only then', () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => random.int(0, 1_000_000));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

it('keeps within its bounds, reaches both ends and is about even', () => {
  const random = seededRandom(1);
  const counts = new Map<number, number>();
  for (let i = 0; i < 6000; i++) {
    const drawn = random.int(1, 6);
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  for (const count of counts.values()) expect(count).toBeGreaterThan(850);
});

it('shuffles a copy without losing anything', () => {
  const items = ['a', 'b', 'c', 'd', 'e'];
  const shuffled = seededRandom(3).shuffle(items);
  expect(items).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect([...shuffled].sort()).toEqual(items);
});

it('never happens at probability 0 and always at 1', () => {
  const random = seededRandom(5);
  for (let i = 0; i < 100; i++) expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
});

it('refuses to pick from nothing', () => {
  expect(() => seededRandom(1).pick([])).toThrow(RangeError);
});

it('shows the seed it was not given, so that the run can be repeated', () => {
  const first = seededRandom();
  expect(seededRandom(first.seed).next()).toBe(first.next());
});
