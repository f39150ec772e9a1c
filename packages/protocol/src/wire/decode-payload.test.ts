import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { createPayloadCodec } from './payload.ts';

const { encode, decode } = createPayloadCodec();
const roundTrip = (value: unknown) => decode(encode(value));

describe('decode', () => {
  // L48
  it('gives a value that no reader can change for another', () => {
    const value = roundTrip({ a: { b: [1] }, at: new Date(0), tags: new Set([{ c: 1 }]) }) as {
      a: { b: number[] };
      at: Date;
      tags: Set<{ c: number }>;
    };
    const before = structuredClone(value);
    const [tag] = value.tags as Set<{ c: number }>;
    for (const mutate of [
      () => (value.a = { b: [] }),
      () => value.a.b.push(2),
      () => value.at.setTime(1),
      () => value.at.setUTCFullYear(1999),
      () => value.tags.add({ c: 2 }),
      () => value.tags.clear(),
      () => value.tags.delete(tag as { c: number }),
      () => ((tag as { c: number }).c = 2),
    ])
      expect(mutate).toThrow(TypeError);
    expect(value).toEqual(before);
  });

  it('gives dates and sets that can be read, compared and copied like any other', () => {
    const { at, tags } = roundTrip({ at: new Date(5), tags: new Set(['a']) }) as { at: Date; tags: Set<string> };
    expect(at.getTime()).toBe(5);
    expect(JSON.stringify({ at })).toBe('{"at":"1970-01-01T00:00:00.005Z"}');
    expect([...tags]).toEqual(['a']);
    expect([...new Set(tags).add('b')]).toEqual(['a', 'b']);
    expect(structuredClone(at)).toEqual(new Date(5));
    expect(roundTrip({ at, tags })).toEqual({ at, tags });
  });

  it('gives a fresh value each time', () => {
    const bytes = encode({ a: [] });
    expect(decode(bytes)).not.toBe(decode(bytes));
  });

  it.each([
    ['nothing', ''],
    ['a map without its values', '81a161'],
    ['two values', '0101'],
    ['a list that claims four billion items', 'ddffffffff'],
    ['a map that claims four billion entries', 'dfffffffff'],
    ['text that claims four gigabytes', 'dbffffffff61'],
    ['a list that contains itself', 'd6690000000191d67000000001'],
    ['an unknown extension', 'd40100'],
    ['a million nested lists', '91'.repeat(1_000_000)],
  ])('refuses %s', (_, hex) => {
    expect(caught(() => decode(Buffer.from(hex, 'hex'))).code).toBe('MALFORMED_ENVELOPE');
  });

  it('does not quote what it could not read, which may be a secret', () => {
    const error = caught(() => decode(Buffer.concat([encode({ password: 'hunter2' }), Buffer.from([1])])));
    expect(error.message).not.toMatch('hunter2');
    expect(error.cause).toBeUndefined();
  });

  it('neutralises a prototype in foreign bytes', () => {
    const decoded = decode(Buffer.from('81a95f5f70726f746f5f5f81a56164 6d696ec3'.replaceAll(' ', ''), 'hex'));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect((decoded as { admin?: boolean }).admin).toBeUndefined();
  });

  const random = seededRandom();
  // L50
  it(`refuses or reads damaged bytes, and reads the next payload as if nothing had been (seed ${random.seed})`, () => {
    const value = { a: [1, 'gold', { at: new Date(0) }], tags: new Set(['a']), n: 2n ** 70n, s: 'x'.repeat(40), u: 70 };
    const bytes = encode(value);
    for (let length = 0; length < bytes.length; length++)
      expect(caught(() => decode(bytes.subarray(0, length))).code).toBe('MALFORMED_ENVELOPE');
    for (let round = 0; round < 20_000; round++) {
      const damaged = Buffer.from(bytes);
      for (let i = random.int(1, 4); i > 0; i--) damaged[random.int(0, bytes.length - 1)] = random.int(0, 255);
      try {
        decode(damaged);
      } catch (error) {
        expect(error).toMatchObject({ code: 'MALFORMED_ENVELOPE' });
      }
    }
    expect(decode(bytes)).toEqual(value);
  });
});
