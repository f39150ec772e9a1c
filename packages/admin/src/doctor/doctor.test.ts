import { expect, it } from 'vitest';
import { spanOf } from './check.ts';
import { clockCheck } from './check-database.ts';
import { differencesOf } from './check-definitions.ts';
import { isOlder } from './is-older.ts';

const set = (configs: Record<string, string>, entities: Record<string, string> = {}) => ({ configs, entities });

it('names the definitions that mean different things, and in which way', () => {
  const sets = [
    set({ a: '1.1', b: '1.1', c: '1.-' }, { plans: 'x' }),
    set({ a: '1.2', b: '2.2', c: '1.-', d: '9.9' }),
    set({}, { plans: 'y' }),
  ];
  expect(differencesOf(sets)).toEqual([
    'config a (its schema)',
    'config b (its options and its schema)',
    'entity plans',
  ]);
  expect(differencesOf([set({ a: '1.1' }), set({ b: '1.1' })])).toEqual([]);
});

it('compares releases by their numbers', () => {
  expect(isOlder('7.0.15', '6.2')).toBe(false);
  expect(isOlder('6.2.0', '6.2')).toBe(false);
  expect(isOlder('6.0.20', '6.2')).toBe(true);
  expect(isOlder('10.5.29', '10.6')).toBe(true);
  expect(isOlder('10', '10.6')).toBe(true);
});

it('warns of clocks that are apart, in either direction', () => {
  expect(clockCheck('c', 'Redis', 1_999)).toMatchObject({ state: 'ok' });
  expect(clockCheck('c', 'Redis', 2_100)).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('2100 ms before'),
  });
  expect(clockCheck('c', 'The database', -5_000).message).toBe(
    'The clock of the database is 5000 ms behind that of this process.',
  );
});

it('says spans for people', () => {
  expect([5, 1_500, 120_000, 7_200_000, 172_800_000].map(spanOf)).toEqual(['5 ms', '2 s', '2 min', '2 h', '2 d']);
});
