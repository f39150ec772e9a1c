import { expect, it } from 'vitest';
import { agoText, durationText } from './durations.ts';

it('durations have two units at most', () => {
  const texts = [0, 0.44, 999, 1_000, 61_000, 3_600_000, 90_061_000].map(durationText);
  expect(texts).toEqual(['0 ms', '0.4 ms', '999 ms', '1 s', '1 min 1 s', '1 h', '1 d 1 h']);
});

it('moments are told from now', () => {
  expect([1_000, -120_000, 7_200_000].map(ms => agoText(10_000_000 - ms, 10_000_000))).toEqual([
    'now',
    'in 2 min',
    '2 h ago',
  ]);
});
