import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each<[value: unknown, ms: number]>([
    [1, 1],
    [2_500_000_000, 2_500_000_000],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['40d', 3_456_000_000],
  ])('takes %j', (value, ms) => {
    expect(parseDuration('x', value)).toBe(ms);
  });

  // L6
  it.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '5',
    's',
    '1 h',
    '-1s',
    '1h30m',
    '0.0001ms',
    1n,
    null,
    {},
    '9999999999d',
  ])('refuses %o, and shows it', value => {
    const error = caught(() => parseDuration('`ttl`', value));
    expect(error).toMatchObject({ code: 'INVALID_DEFINITION' });
    expect((error as Error).message).toMatch(/^`ttl` must be a duration of at least 1 ms/);
  });
});
