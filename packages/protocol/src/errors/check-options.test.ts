import { describe, expect, expectTypeOf, it } from 'vitest';
import { checkedBy, checkOptions, firstRefused, flag, fn, oneOf, optional, required, whole } from './check-options.ts';
import { TenantryError } from './tenantry-error.ts';

interface Options {
  readonly orm: object;
  readonly prefix?: string | undefined;
  readonly everyMs?: number | undefined;
  readonly limit?: number | undefined;
  readonly capture?: 'hooks' | 'trigger' | undefined;
  readonly repair?: boolean | undefined;
  readonly onError?: ((error: Error) => void) | undefined;
}

const noop = () => undefined;
const rules = {
  orm: required('an ORM', value => typeof value === 'object'),
  prefix: checkedBy(value => {
    if (value === '') throw new TenantryError('INVALID_OPTION', 'A prefix has at least one character.');
  }),
  everyMs: whole(10, 1_000, 100),
  limit: whole(1),
  capture: oneOf(['hooks', 'trigger'], "'hooks' or 'trigger'", 'hooks'),
  repair: flag(false),
  onError: fn(noop),
};
const check = (options: object) => checkOptions<Options, typeof rules>('start', options as Options, rules);

describe('a table of option rules', () => {
  it('fills in the defaults, also for an explicit undefined', () => {
    const orm = {};
    const checked = check({ orm, everyMs: undefined, repair: true });
    expect(checked).toEqual({ orm, everyMs: 100, capture: 'hooks', repair: true, onError: noop });
    expectTypeOf(checked.everyMs).toEqualTypeOf<number>();
    expectTypeOf(checked.limit).toEqualTypeOf<number | undefined>();
  });

  it.each([
    [{ everyMS: 5 }, 'start has no option "everyMS"; it has orm, prefix, everyMs, limit, capture, repair, onError.'],
    [{ everyMs: 5 }, '`everyMs` must be a whole number from 10 to 1000, got 5 (number).'],
    [{ everyMs: null }, '`everyMs` must be a whole number from 10 to 1000, got null.'],
    [{ limit: 0 }, '`limit` must be a whole number of at least 1, got 0 (number).'],
    [{ capture: 'hook' }, "`capture` must be 'hooks' or 'trigger', got \"hook\" (string)."],
    [{ repair: 'yes' }, '`repair` must be true or false, got "yes" (string).'],
    [{ onError: 'log' }, '`onError` must be a function, got "log" (string).'],
    [{ orm: undefined }, '`orm` must be an ORM, got undefined.'],
    [{ prefix: '' }, 'A prefix has at least one character.'],
  ])('refuses %o with the name, the bounds and what arrived', (wrong, message) => {
    expect(() => check({ orm: {}, ...wrong })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message }) as Error,
    );
  });

  it('wants an object', () => {
    expect(() => check(null as never)).toThrow('`The options of start` must be an object, got null.');
  });

  it('tells what it refuses to callers that have an error of their own', () => {
    const part = { part: optional('a number from 0 to 1', value => typeof value === 'number' && value <= 1) };
    expect(firstRefused({ part: 2 }, part)).toEqual({ name: 'part', expected: 'a number from 0 to 1', value: 2 });
    expect(firstRefused({ part: 0.5 }, part)).toBeUndefined();
  });
});
