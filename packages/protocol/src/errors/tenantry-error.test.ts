import { describe, expect, it } from 'vitest';
import { describeArrived, ERROR_CODES, type ErrorCode, TenantryError } from './tenantry-error.ts';

describe('TenantryError', () => {
  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('says of %s whether the same call may succeed later', code => {
    const cause = new Error('below');
    const error = new TenantryError(code, 'What happened.', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'TenantryError', code, retryable: ERROR_CODES[code].retryable, cause });
  });
});

describe('describeArrived', () => {
  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    ['5', '"5" (string)'],
    ['', '"" (string)'],
    [5, '5 (number)'],
    [Number.NaN, 'NaN (number)'],
    [5n, '5 (bigint)'],
    [true, 'true (boolean)'],
    [[1, 2], 'an array of 2'],
    [{ secret: 'hunter2' }, 'an object'],
    [new Map([['secret', 'hunter2']]), 'an object'],
    [Symbol('secret'), 'a symbol'],
    [() => 'secret', 'a function'],
  ])('shows %o as %s', (value, shown) => {
    expect(describeArrived(value)).toBe(shown);
  });

  it('cuts long text and never breaks a log line', () => {
    expect(describeArrived('x'.repeat(65))).toBe(`"${'x'.repeat(64)}…" (string)`);
    expect(describeArrived('a\nb\u001b')).toBe('"a\\nb\\u001b" (string)');
    expect(describeArrived(`${'x'.repeat(63)}😀`)).toBe(`"${'x'.repeat(63)}\\ud83d…" (string)`);
  });
});
