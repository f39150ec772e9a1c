import { describe, expect, it } from 'vitest';
import { checkFunctionOption, checkOptionNames, checkWholeOption, LONGEST_TIMER_MS } from './option-checks.ts';

describe('options at the door', () => {
  it('refuses a name nobody knows, because a misspelt option would silently be its default', () => {
    expect(() => checkOptionNames('startWorker', { relayEvery: 5 }, ['orm', 'relayEveryMs'])).toThrow(
      'startWorker has no option "relayEvery"; it has orm, relayEveryMs.',
    );
    expect(() => checkOptionNames('startWorker', { relayEvery: undefined }, ['orm'])).not.toThrow();
    expect(() => checkOptionNames('startWorker', null, ['orm'])).toThrow('an object, got null');
  });

  it.each([0, 1.5, Number.NaN, '5', LONGEST_TIMER_MS + 1])('refuses %o as a whole number from 1', value => {
    expect(() => checkWholeOption('graceMs', value, 1, LONGEST_TIMER_MS)).toThrow(
      /^`graceMs` must be a whole number from 1 to 2147483647, got /,
    );
  });

  it('takes the bounds themselves, and what was left out', () => {
    for (const value of [1, LONGEST_TIMER_MS, undefined])
      expect(() => checkWholeOption('graceMs', value, 1, LONGEST_TIMER_MS)).not.toThrow();
    expect(() => checkWholeOption('batch', 0, 1)).toThrow(
      '`batch` must be a whole number of at least 1, got 0 (number).',
    );
  });

  it('refuses what cannot be called', () => {
    expect(() => checkFunctionOption('onReport', 'log')).toThrow('`onReport` must be a function, got "log" (string).');
    expect(() => checkFunctionOption('onReport', undefined)).not.toThrow();
  });
});
