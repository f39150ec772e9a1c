import { TenantryError } from '@tenantry/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof TenantryError) return error.code;
    throw error;
  }
  return undefined;
}

const list = ['list', 'acme', undefined];

// D5 E7
describe('a cursor', () => {
  it('gives back what it was made of, and does not spell it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), last => {
        const cursor = encodeCursor(list, last);
        expect(decodeCursor(list, cursor)).toBe(last);
        expect(cursor).not.toBe(last);
        expect(cursor).not.toBe(Buffer.from(last).toString('base64url'));
      }),
    );
    expect(decodeCursor(list, undefined)).toBeUndefined();
  });

  it('of another list, or of the same with other arguments, is refused', () => {
    const cursor = encodeCursor(list, 'last');
    for (const other of [
      ['tenants', 'acme', undefined],
      ['list', 'acm', 'e'],
      ['list', 'acme', 'last'],
      ['list', 'acme'],
    ])
      expect(codeOf(() => decodeCursor(other, cursor))).toBe('INVALID_CURSOR');
  });

  it('that was edited anywhere is refused', () => {
    const cursor = encodeCursor(list, 'last');
    for (let i = 0; i < cursor.length; i++) {
      const edited = cursor.slice(0, i) + (cursor[i] === 'A' ? 'B' : 'A') + cursor.slice(i + 1);
      expect(codeOf(() => decodeCursor(list, edited))).toBe('INVALID_CURSOR');
    }
  });

  it.each(
    [['', 'garbage', '!!!!', 'last', `${encodeCursor(list, 'last')}=`, `${encodeCursor(list, 'last')} `, null, 7, {}]]
      .flat()
      .map(each => [each]),
  )('that is %j is refused, never the first page', garbage => {
    expect(codeOf(() => decodeCursor(list, garbage as string))).toBe('INVALID_CURSOR');
  });
});
