import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { type ChangeHead, createFeedCodec, type FeedMessage } from './feed-message.ts';

const { decode, encodeHead } = createFeedCodec();
const bytesOf = (hex: readonly string[]) => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');

const PUT: ChangeHead = {
  owner: 'plan-settings:7',
  version: 258,
  op: 'put',
  addresses: ['plan-settings:id:7', 'plan-settings:slug:gold'],
};
const PUT_HEX = [
  '00000044', // length of the head
  '94', // a list of four
  'af 706c616e2d73657474696e67733a37', // plan-settings:7
  'cd 0102', // 258
  'a3 707574', // put
  '92', // two addresses
  'b2 706c616e2d73657474696e67733a69643a37', // plan-settings:id:7
  'b7 706c616e2d73657474696e67733a736c75673a676f6c64', // plan-settings:slug:gold
];
const ENVELOPE_HEX =
  '01 0000000000000102 0000018bcfe56800 0000000000000000 000f 706c616e2d73657474696e67733a37 81a26f6ec3';
const DELETE: ChangeHead = { owner: 'plan-settings:9', version: 2 ** 40, op: 'delete', addresses: [] };
const DELETE_HEX = [
  '00000022',
  '94',
  'af 706c616e2d73657474696e67733a39', // plan-settings:9
  'cb 4270000000000000', // 2^40: above 32 bits a version is a 64-bit float
  'a6 64656c657465', // delete
  '90', // no address
];
const CHANGES = [
  '01', // format
  '01', // kind: changes
  '0000000000010203', // seq
  '00112233445566ff', // tag
  '0c', // length of the epoch
  '6162634445463132335f2d78', // abcDEF123_-x
];

// Written by hand from docs/reference/wire.md: in life the script in Redis writes these bytes.
const VECTORS: readonly { readonly what: string; readonly hex: readonly string[]; readonly message: FeedMessage }[] = [
  {
    what: 'a put with its envelope and a delete',
    hex: [...CHANGES, ...PUT_HEX, '0000002f', ENVELOPE_HEX, ...DELETE_HEX, '00000000'],
    message: {
      kind: 'changes',
      seq: 66_051,
      tag: '00112233445566ff',
      epoch: 'abcDEF123_-x',
      changes: [
        { ...PUT, envelope: bytesOf([ENVELOPE_HEX]) },
        { ...DELETE, envelope: undefined },
      ],
    },
  },
  {
    what: 'a config that was deregistered',
    hex: [
      ...CHANGES,
      '00000016',
      '94',
      'ab 40636f6e6669673a6f6c64', // @config:old
      '05',
      'a6 726574697265', // retire
      '90',
      '00000000',
    ],
    message: {
      kind: 'changes',
      seq: 66_051,
      tag: '00112233445566ff',
      epoch: 'abcDEF123_-x',
      changes: [{ owner: '@config:old', version: 5, op: 'retire', addresses: [], envelope: undefined }],
    },
  },
  {
    what: 'a delete that is traced, in the hand of a later release that says something more',
    hex: [
      ...CHANGES,
      '00000046',
      '96',
      'a1 61', // a
      '07',
      'a6 64656c657465', // delete
      '90', // no address
      'd9 37 30302d34626639326633353737623334646136613363653932396430653065343733362d303066303637616130626139303262372d3031',
      'c3', // what nobody knows yet
      '00000000',
    ],
    message: {
      kind: 'changes',
      seq: 66_051,
      tag: '00112233445566ff',
      epoch: 'abcDEF123_-x',
      changes: [
        {
          ...{ owner: 'a', version: 7, op: 'delete', addresses: [], envelope: undefined },
          trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        },
      ],
    },
  },
  {
    what: 'a put that was too large to push',
    hex: [...CHANGES, ...PUT_HEX, '00000000'],
    message: {
      kind: 'changes',
      seq: 66_051,
      tag: '00112233445566ff',
      epoch: 'abcDEF123_-x',
      changes: [{ ...PUT, envelope: undefined }],
    },
  },
  {
    what: 'the news that the replica is filled',
    hex: ['01', '02', '001fffffffffffff', '0000000000000000', '01', '65'],
    message: { kind: 'filled', seq: Number.MAX_SAFE_INTEGER, tag: '0000000000000000', epoch: 'e', changes: [] },
  },
];
const [first] = VECTORS as [(typeof VECTORS)[0]];

describe('the feed message', () => {
  it.each(VECTORS)('decodes to $what', ({ hex, message }) => {
    expect(decode(bytesOf(hex))).toEqual(message);
  });

  it('has heads as this release writes them', () => {
    expect(encodeHead(PUT).toString('hex')).toBe(bytesOf(PUT_HEX).toString('hex'));
    expect(encodeHead(DELETE).toString('hex')).toBe(bytesOf(DELETE_HEX).toString('hex'));
  });

  it('has heads with any version a database can give', () => {
    for (const version of [1, 127, 128, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const bytes = Buffer.concat([bytesOf(CHANGES), encodeHead({ ...PUT, version }), Buffer.alloc(4)]);
      expect(decode(bytes).changes[0]).toEqual({ ...PUT, version, envelope: undefined });
    }
  });

  it('also reads a version written longer than it needs to be', () => {
    const head = bytesOf(['94', 'a161', 'ce 00000007', 'a3 707574', '90']);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length);
    expect(decode(Buffer.concat([bytesOf(CHANGES), length, head, Buffer.alloc(4)])).changes[0]?.version).toBe(7);
  });
});

describe('decode', () => {
  // L50
  it.each([0, 2, 255])('says of format %i that a later release wrote it', format => {
    const bytes = bytesOf(first.hex);
    bytes[0] = format;
    expect(caught(() => decode(bytes))).toMatchObject({
      code: 'UNKNOWN_FORMAT',
      message: `The feed message has format ${format}, this release reads 1: upgrade the reader.`,
    });
  });

  it('refuses a message that is cut off anywhere but between two changes', () => {
    const bytes = bytesOf(first.hex);
    const start = bytesOf(CHANGES).length;
    const whole = [start, start + bytesOf([...PUT_HEX, '0000002f', ENVELOPE_HEX]).length];
    for (let length = 0; length < bytes.length; length++) {
      if (whole.includes(length)) continue;
      expect(caught(() => decode(bytes.subarray(0, length))).code, `${length} bytes`).toBe('MALFORMED_MESSAGE');
    }
  });

  it.each<[what: string, hex: readonly string[]]>([
    ['nothing', []],
    ['kind 0', ['01', '00', ...CHANGES.slice(2)]],
    ['kind 3', ['01', '03', ...CHANGES.slice(2)]],
    ['seq 0', ['0101', '0000000000000000', ...CHANGES.slice(3)]],
    ['a seq above 2^53', ['0101', '0020000000000000', ...CHANGES.slice(3)]],
    ['an epoch longer than the message', [...CHANGES.slice(0, 4), 'ff', '61']],
    ['a head longer than the message', [...CHANGES, 'ffffffff', '94']],
    ['an envelope longer than the message', [...CHANGES, ...PUT_HEX, 'ffffffff', '01']],
    ['a head of no bytes', [...CHANGES, '00000000', '00000000']],
    ['a head that is null', [...CHANGES, '00000001', 'c0', '00000000']],
    ['a head that is text', [...CHANGES, '00000004', 'a3 707574', '00000000']],
    ['a head that is a map', [...CHANGES, '00000001', '80', '00000000']],
    ['an unknown op', [...CHANGES, '00000009', '94 a161 01 a3 707474 90', '00000000']],
    ['version 0', [...CHANGES, '00000009', '94 a161 00 a3 707574 90', '00000000']],
    ['a negative version', [...CHANGES, '00000009', '94 a161 ff a3 707574 90', '00000000']],
    ['an owner that is no text', [...CHANGES, '00000008', '94 01 01 a3 707574 90', '00000000']],
    ['addresses that are no list', [...CHANGES, '0000000a', '94 a161 01 a3 707574 a0', '00000000']],
    ['an address that is no text', [...CHANGES, '0000000a', '94 a161 01 a3 707574 91 07', '00000000']],
    ['bytes after the last change', [...first.hex, '00']],
  ])('refuses %s', (_, hex) => {
    expect(caught(() => decode(bytesOf(hex))).code).toBe('MALFORMED_MESSAGE');
  });

  it('gives envelopes that are not read yet: one that is damaged does not hurt its neighbours', () => {
    const damaged = [...CHANGES, ...PUT_HEX, '00000002', '01ff', ...DELETE_HEX, '00000000'];
    const { changes } = decode(bytesOf(damaged));
    expect(changes.map(({ owner }) => owner)).toEqual(['plan-settings:7', 'plan-settings:9']);
    expect(changes[0]?.envelope).toEqual(Buffer.from([1, 0xff]));
  });

  const random = seededRandom();
  it(`refuses or reads damaged bytes, and reads the next message as if nothing had been (seed ${random.seed})`, () => {
    for (let round = 0; round < 20_000; round++) {
      const bytes = bytesOf(random.pick(VECTORS).hex);
      for (let i = random.int(1, 4); i > 0; i--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      try {
        decode(bytes.subarray(0, random.int(0, bytes.length)));
      } catch (error) {
        expect(error).toMatchObject({ name: 'TenantryError', retryable: false });
      }
    }
    for (const { hex, message } of VECTORS) expect(decode(bytesOf(hex))).toEqual(message);
  });
});
