import { describe, expect, it } from 'vitest';
import { type Figure, figure, readable } from './figure.ts';
import { figureLines } from './figure-lines.ts';
import { percentileOfWaits } from './percentile.ts';

describe('figure', () => {
  it('compares round by round, so that a round in which everything was slow changes no ratio', () => {
    const { beside } = figure({ what: 'a read', unit: 'ms' }, [1, 2, 40, 3], { other: [2, 4, 80, 6] });
    expect(beside).toMatchObject([{ way: 'other', ratio: 0.5, quartiles: [0.5, 0.5] }]);
  });

  it('shows times in the unit that was asked for', () => {
    expect(figure({ what: 'a read', unit: 'µs' }, [0.5]).ours).toMatchObject({ median: 500, rounds: 1 });
  });

  it('calls the long times of a read the worst, and the small ones of a rate', () => {
    const rounds = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(figure({ what: 'a read', unit: 'ms' }, rounds).ours.p99).toBe(100);
    expect(figure({ what: 'reads', unit: '/s' }, rounds).ours.p99).toBe(2);
  });

  it('refuses to compare what has other rounds', () => {
    expect(() => figure({ what: 'a read', unit: 'ms' }, [1, 2], { other: [1] })).toThrow(
      'a read: other has other rounds',
    );
  });
});

describe('figureLines', () => {
  it('has a line for each other way, and names ours once', () => {
    const lines = figureLines([figure({ what: 'a read', unit: 'ms' }, [1, 1], { one: [2, 2], two: [4, 4] })]);
    expect(lines.map(({ what, ours, beside, ratio }) => [what, ours, beside, ratio])).toEqual([
      ['a read', '1 ms', 'one', '0.50×'],
      ['', '', 'two', '0.25×'],
    ]);
  });

  it('shows no spread of one round', () => {
    const [line] = figureLines([figure({ what: 'a backfill', unit: '/s' }, [5_210]) as Figure]);
    expect(line).toMatchObject({ ours: '5,210/s', p99: '', quartiles: '' });
  });
});

describe('readable', () => {
  it('shows about three digits of a fraction, and all of a whole number', () => {
    expect([12_345.6, 12.34, 1.234, 0.1234, 7].map(value => readable(value, 'µs'))).toEqual([
      '12,346 µs',
      '12.3 µs',
      '1.23 µs',
      '0.123 µs',
      '7 µs',
    ]);
  });
});

describe('percentileOfWaits', () => {
  it('counts a stretch of time the more, the longer it is', () => {
    // Of 100 ms, half are in one stretch: its last half is waited for by none of the slower quarter.
    expect(percentileOfWaits([50, ...Array.from({ length: 50 }, () => 1)], 75)).toBe(25);
    expect(percentileOfWaits([10, 10, 10, 10], 50)).toBe(5);
    expect(percentileOfWaits([10, 10, 10, 10], 99)).toBeCloseTo(9.9);
  });
});
