import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { VERSION_VECTORS } from '../version-vectors.fixture.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { isNewer, parseVersion } from './version.ts';

describe('isNewer', () => {
  it.each(VERSION_VECTORS)('says $newer for $candidate after $known', ({ candidate, known, newer }) => {
    expect(isNewer(candidate, known)).toBe(newer);
  });

  it.each(VERSION_VECTORS.filter(({ known }) => known !== undefined))(
    'agrees with the bytes of the envelope for $candidate after $known',
    ({ candidate, known, newer }) => {
      expect(Buffer.compare(versionBytes(candidate), versionBytes(known as number)) > 0).toBe(newer);
    },
  );
});

describe('parseVersion', () => {
  it('takes what a driver gives for a 64-bit id', () => {
    expect([parseVersion(7), parseVersion(7n), parseVersion('7')]).toEqual([7, 7, 7]);
    expect(parseVersion('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53, 0n, -1n, 2n ** 53n, 2n ** 53n + 1n])('refuses %s', value => {
    expect(caught(() => parseVersion(value)).code).toBe('INVALID_VERSION');
  });

  it.each(['', '0', '-1', '1.0', '1e3', '0x10', ' 7', '7 ', '7n', '9007199254740992', '9007199254740993'])(
    'refuses the text %j, which no database gives for an id that can be ordered',
    value => {
      expect(caught(() => parseVersion(value)).code).toBe('INVALID_VERSION');
    },
  );

  it.each([null, undefined, true, {}, [7], new Date(7)])('refuses %o', value => {
    expect(caught(() => parseVersion(value)).code).toBe('INVALID_VERSION');
  });

  it('shows what arrived', () => {
    expect(caught(() => parseVersion('x')).message).toMatch(/from 1 to 9007199254740991, got "x" \(string\)\.$/);
  });
});

function versionBytes(version: number): Buffer {
  const bytes = encodeEnvelope({ version, updatedAt: 0, expiresAt: 0, owner: 'a:1', payload: Buffer.alloc(0) });
  expect(decodeEnvelope(bytes).version).toBe(version);
  return bytes.subarray(1, 9);
}
