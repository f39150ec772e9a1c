import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { HOSTILE_IDS } from '../hostile-ids.fixture.ts';
import { tenantId } from './tenant-id.ts';

describe('tenantId', () => {
  // R16
  it.each(HOSTILE_IDS)('takes %j as it is', id => {
    expect(tenantId(id)).toBe(id);
  });

  // A16: slashes, inner blanks and leading dashes are fine here, because ids are encoded before they enter a name.
  it.each(['a/b', '/', 'a b', '-prod', 'eu west/1'])('takes %j, which other stores refuse', id => {
    expect(tenantId(id)).toBe(id);
  });

  it('takes whole numbers as their decimal text', () => {
    expect(tenantId(7)).toBe('7');
    expect(tenantId(-7)).toBe('-7');
    expect(tenantId(2n ** 63n)).toBe('9223372036854775808');
    expect(tenantId(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
  });

  it('refuses numbers that would name another tenant as well', () => {
    expect(caught(() => tenantId(2 ** 53)).message).toMatch('got 9007199254740992 (number)');
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, 1.5, 1e21])
      expect(caught(() => tenantId(number)).code).toBe('INVALID_TENANT');
  });

  it('counts characters, not UTF-16 units', () => {
    expect(tenantId('😀'.repeat(128))).toHaveLength(256);
    expect(caught(() => tenantId('😀'.repeat(129))).code).toBe('INVALID_TENANT');
  });

  it.each([
    ['nothing', ''],
    ['129 characters', 'x'.repeat(129)],
    ['a million characters', 'x'.repeat(1_000_000)],
    ['only a blank', ' '],
    ['a blank before', ' a'],
    ['a blank after', 'a '],
    ['a no-break space after', 'a\u00a0'],
    ['a byte order mark before', '\ufeffa'],
    ['NUL', 'a\0b'],
    ['a newline', 'a\nb'],
    ['a tab', 'a\tb'],
    ['an escape', 'a\u001b[31m'],
    ['delete', 'a\u007f'],
    ['a C1 control', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['the other half', '\udc00'],
    ['null', null],
    ['undefined', undefined],
    ['a boolean', true],
    ['an object', { toString: () => 'acme' }],
    ['a list', ['acme']],
    ['a boxed string', Object('acme')],
    ['a symbol', Symbol('acme')],
  ])('refuses %s', (_, id) => {
    expect(caught(() => tenantId(id))).toMatchObject({ code: 'INVALID_TENANT', retryable: false });
  });

  it('keeps ids apart that only look alike', () => {
    expect(tenantId('e\u0301')).not.toBe(tenantId('é'));
    expect(tenantId('ACME')).not.toBe(tenantId('acme'));
  });

  it('shows what arrived, and not all of it where that is long', () => {
    expect(caught(() => tenantId('')).message).toMatch('got "" (string)');
    expect(caught(() => tenantId('a\nb')).message).toMatch('got "a\\nb" (string)');
    expect(caught(() => tenantId('\ud800')).message).toMatch('got "\\ud800" (string)');
    expect(caught(() => tenantId({ password: 'hunter2' })).message).toMatch(/got an object\.$/);
    expect(caught(() => tenantId('x'.repeat(1_000_000))).message.length).toBeLessThan(300);
  });
});
