import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from './envelope.ts';
import { createPayloadCodec } from './payload.ts';

// Written by hand from docs/reference/wire.md, so that a change of the format cannot change them along.
const VECTORS: readonly { readonly what: string; readonly hex: readonly string[]; readonly envelope: Envelope }[] = [
  {
    what: 'a row that never expires',
    hex: [
      '01', // format
      '0000000000000102', // version
      '0000018bcfe56800', // updatedAt
      '0000000000000000', // expiresAt
      '000f', // length of the owner
      '706c616e2d73657474696e67733a37', // plan-settings:7
      '81a26f6ec3', // { on: true }
    ],
    envelope: {
      version: 258,
      updatedAt: 1_700_000_000_000,
      expiresAt: 0,
      owner: 'plan-settings:7',
      payload: Buffer.from([0x81, 0xa2, 0x6f, 0x6e, 0xc3]),
    },
  },
  {
    what: 'the largest version, an expiry and an escaped owner',
    hex: [
      '01',
      '001fffffffffffff',
      '0000018bcfe56800',
      '0000018bcfe65260',
      '000d',
      '612532463a312c25433325 4139', // a%2F:1,%C3%A9
      'c0', // null
    ],
    envelope: {
      version: Number.MAX_SAFE_INTEGER,
      updatedAt: 1_700_000_000_000,
      expiresAt: 1_700_000_060_000,
      owner: 'a%2F:1,%C3%A9',
      payload: Buffer.from([0xc0]),
    },
  },
  {
    what: 'the smallest there is',
    hex: ['01', '0000000000000001', '0000000000000000', '0000000000000000', '0000'],
    envelope: { version: 1, updatedAt: 0, expiresAt: 0, owner: '', payload: Buffer.alloc(0) },
  },
  {
    what: 'a record whose newer state cannot be published',
    hex: ['04', '0000000000000007', '0000018bcfe56800', '0000000000000000', '0003', '613a31', 'c0'],
    envelope: {
      version: 7,
      updatedAt: 1_700_000_000_000,
      expiresAt: 0,
      owner: 'a:1',
      payload: Buffer.from([0xc0]),
      isBehind: true,
    },
  },
];
const bytesOf = (hex: readonly string[]) => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
const [first] = VECTORS as [(typeof VECTORS)[0]];

// L50: the bytes of every format so far
describe('the envelope', () => {
  it.each(VECTORS)('decodes to $what', ({ hex, envelope }) => {
    expect(decodeEnvelope(bytesOf(hex))).toEqual(envelope);
  });

  it.each(VECTORS)('encodes $what to the same bytes', ({ hex, envelope }) => {
    expect(encodeEnvelope(envelope).toString('hex')).toBe(bytesOf(hex).toString('hex'));
  });

  it('holds the payload of any codec', () => {
    const { encode, decode } = createPayloadCodec();
    const bytes = encodeEnvelope({ ...first.envelope, payload: encode({ a: [1] }) });
    expect(decode(decodeEnvelope(bytes).payload)).toEqual({ a: [1] });
  });
});

describe('encodeEnvelope', () => {
  const encode = (changes: Partial<Record<keyof Envelope, unknown>>) =>
    encodeEnvelope({ ...first.envelope, ...changes } as Envelope);

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN, undefined])('refuses the version %s', version => {
    expect(caught(() => encode({ version })).code).toBe('INVALID_VERSION');
  });

  it('takes the longest owner, and refuses one byte more', () => {
    expect(decodeEnvelope(encode({ owner: 'x'.repeat(65_535) })).owner).toHaveLength(65_535);
    expect(caught(() => encode({ owner: 'x'.repeat(65_536) })).message).toMatch('got 65536');
  });

  it.each(['a:é', 'a:😀', 'a:b c', 'a:\n', 'a:\0'])('refuses the owner %j, which is not escaped', owner => {
    expect(caught(() => encode({ owner })).code).toBe('INVALID_KEY');
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 53, undefined])(
    'refuses %s for a time instead of writing another one',
    time => {
      expect(caught(() => encode({ expiresAt: time })).message).toMatch('`expiresAt` must be');
      expect(caught(() => encode({ updatedAt: time })).message).toMatch('`updatedAt` must be');
    },
  );

  it('rounds a time with a fraction down, also where the lower half is full', () => {
    expect(decodeEnvelope(encode({ expiresAt: 1.9 })).expiresAt).toBe(1);
    expect(decodeEnvelope(encode({ expiresAt: 2 ** 32 - 0.5 })).expiresAt).toBe(2 ** 32 - 1);
  });
});

describe('decodeEnvelope', () => {
  // L50
  it.each([0, 5, 0x7b, 0xff])('says of format %i that a later release wrote it', format => {
    const bytes = bytesOf(first.hex);
    bytes[0] = format;
    expect(caught(() => decodeEnvelope(bytes))).toMatchObject({
      code: 'UNKNOWN_FORMAT',
      message: `The envelope has format ${format}, this release reads 1 to 4: upgrade the reader.`,
    });
  });

  it('keeps until when a value is fresh, in a format of its own', () => {
    const value = { version: 3, updatedAt: 5, expiresAt: 0, freshUntil: 9, owner: '@config:a', payload: Buffer.of(1) };
    const bytes = encodeEnvelope(value);
    expect(bytes.toString('hex')).toBe(
      '020000000000000003000000000000000500000000000000000009' + '40636f6e6669673a61' + '0000000000000009' + '01',
    );
    expect(decodeEnvelope(bytes)).toEqual(value);
    for (let length = 27; length < bytes.length - 1; length++)
      expect(caught(() => decodeEnvelope(bytes.subarray(0, length)))).toMatchObject({ code: 'MALFORMED_ENVELOPE' });
  });

  it('keeps that there is nothing, also where there never was a version', () => {
    const value = {
      version: 0,
      updatedAt: 5,
      expiresAt: 7,
      isAbsent: true,
      owner: '@config:a',
      payload: Buffer.alloc(0),
    };
    const bytes = encodeEnvelope(value);
    expect(bytes.toString('hex')).toBe('030000000000000000000000000000000500000000000000070009' + '40636f6e6669673a61');
    expect(decodeEnvelope(bytes)).toEqual(value);
  });

  it('refuses an envelope that is cut off anywhere before its payload', () => {
    const bytes = bytesOf(first.hex);
    const header = bytes.length - first.envelope.payload.length;
    for (let length = 0; length < header; length++)
      expect(caught(() => decodeEnvelope(bytes.subarray(0, length))).code).toBe('MALFORMED_ENVELOPE');
  });

  it('leaves a payload that is cut off to the payload codec, which refuses it', () => {
    const bytes = bytesOf(first.hex);
    const { decode } = createPayloadCodec();
    for (let length = bytes.length - first.envelope.payload.length; length < bytes.length; length++) {
      const { payload } = decodeEnvelope(bytes.subarray(0, length));
      expect(caught(() => decode(payload)).code).toBe('MALFORMED_ENVELOPE');
    }
  });

  it.each([
    ['version 0', 1, '0000000000000000'],
    ['a version above 2^53', 1, '0020000000000000'],
    ['an updatedAt above 2^53', 9, 'ffffffffffffffff'],
    ['an expiresAt above 2^53', 17, '0020000000000000'],
    ['an owner longer than the rest', 25, '0015'],
  ])('refuses %s', (_, at, hex) => {
    const bytes = bytesOf(first.hex);
    bytes.write(hex, at, 'hex');
    expect(caught(() => decodeEnvelope(bytes)).code).toBe('MALFORMED_ENVELOPE');
  });

  it('refuses what another program wrote', () => {
    for (const foreign of ['', 'hello', '{"value":1}', '\x01', '\x01{"a":1}'])
      expect(caught(() => decodeEnvelope(Buffer.from(foreign))).code).toMatch(/^(MALFORMED_ENVELOPE|UNKNOWN_FORMAT)$/);
  });

  const random = seededRandom();
  it(`survives any damage (seed ${random.seed})`, () => {
    const { decode } = createPayloadCodec();
    for (let round = 0; round < 20_000; round++) {
      const { hex } = random.pick(VECTORS);
      const bytes = bytesOf(hex);
      for (let i = random.int(1, 4); i > 0; i--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      const damaged = bytes.subarray(0, random.int(0, bytes.length));
      try {
        decode(decodeEnvelope(damaged).payload);
      } catch (error) {
        expect(error).toMatchObject({ name: 'TenantryError', retryable: false });
      }
    }
  });
});
