import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { toJsonText } from './json-text.ts';
import { createPayloadCodec } from './payload.ts';

const { encode, encodeJson, decode } = createPayloadCodec();
const roundTrip = (value: unknown) => decode(encode(value));

describe('encode and decode', () => {
  it.each<[what: string, value: unknown]>([
    ['null', null],
    ['booleans', [true, false]],
    ['numbers', [0, 1, -1, 127, 128, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1, 1.5, 5e-324, Number.MAX_VALUE]],
    ['numbers that are none', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['bigints', [0n, 7n, -7n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, -(2n ** 70n), 2n ** 200n]],
    ['text', ['', 'gold', 'é', '😀', 'x'.repeat(70_000), '\0']],
    ['dates', [0, 1, 999, 1_700_000_000_123, -1, -62_135_596_800_001, 8.64e15, -8.64e15].map(ms => new Date(ms))],
    ['sets', new Set<unknown>(['a', 7n, new Date(0), new Set([1])])],
    ['bytes', Buffer.from([0, 1, 255])],
    ['nested values', { a: [{ b: { c: [[]] } }], d: {}, '': 0, 'a.b': 1, constructor: 2 }],
  ])('bring back %s', (_, value) => {
    expect(roundTrip(value)).toStrictEqual(value);
  });

  it.each<Record<string, unknown>>([
    { toJSON: 1, constructor: 1 },
    { toJSON: 'x', constructor: null },
    { toJSON: { a: 1 }, constructor: { name: 'Map' } },
    { list: [{ toJSON: 'x', constructor: 'Date' }] },
    { toJSON: null, valueOf: 1, toString: 2, hasOwnProperty: 3, length: 5 },
  ])('take %o for data, whatever its properties are called', value => {
    expect(roundTrip(value)).toEqual(value);
    expect(decode(encodeJson(JSON.stringify(value)))).toEqual(value);
    expect(JSON.parse(toJsonText(value))).toEqual(value);
  });

  it('leave undefined properties out and make null of other undefineds', () => {
    expect(roundTrip({ a: undefined, b: 1 })).toStrictEqual({ b: 1 });
    expect(roundTrip(undefined)).toBeNull();
    // biome-ignore lint/suspicious/noSparseArray: holes are the point
    expect(roundTrip([undefined, , 1])).toStrictEqual([null, null, 1]);
  });

  it('see class instances as their own properties, or as their toJSON', () => {
    class Money {
      amount = 5;
      get text() {
        return `${this.amount}`;
      }
    }
    expect(roundTrip({ price: new Money() })).toStrictEqual({ price: { amount: 5 } });
    expect(roundTrip({ at: new URL('https://example.org/') })).toStrictEqual({ at: 'https://example.org/' });
    expect(roundTrip(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
  });

  it('bring bytes back as a copy, whatever view of them was given', () => {
    const memory = new Uint8Array([9, 1, 2, 9]);
    const encoded = encode({ bytes: memory.subarray(1, 3) });
    const decoded = decode(encoded) as { bytes: Uint8Array };
    encoded.fill(0);
    memory.fill(0);
    expect([...decoded.bytes]).toEqual([1, 2]);
  });

  it('do not reuse the memory of an earlier payload', () => {
    const first = encode({ a: 'first' });
    for (let i = 0; i < 1_000; i++) encode({ a: 'x'.repeat(50) });
    expect(decode(first)).toEqual({ a: 'first' });
  });

  const random = seededRandom();
  it(`bring back whatever can be encoded (seed ${random.seed})`, () => {
    for (let round = 0; round < 2_000; round++) {
      const value = randomValue(random, 4);
      expect(roundTrip(value)).toEqual(value);
    }
  });

  // The wire format of values: docs/reference/wire.md. Maps may be written in any of msgpack's three lengths.
  it.each<[what: string, hex: string, value: unknown]>([
    ['nil and booleans', '93c0c2c3', [null, false, true]],
    ['numbers', '9501ff cd0100 cb3ff8000000000000 cb41f0000000000000', [1, -1, 256, 1.5, 2 ** 32]],
    ['64-bit integers as bigints', '92 d3fffffffffffffff9 cf8000000000000000', [-7n, 2n ** 63n]],
    ['larger bigints as ext 66', 'd842 0000000000000001 0000000000000000', 2n ** 64n],
    ['text', 'a4 676f6c64', 'gold'],
    ['binary', 'c403 0001ff', Buffer.from([0, 1, 255])],
    ['timestamps', 'd6ff 6553f100', new Date(1_700_000_000_000)],
    ['timestamps with milliseconds', 'd7ff 1d535300 6553f100', new Date(1_700_000_000_123)],
    ['sets as ext 115 and a list', 'd47300 92 a26f6e 01', new Set(['on', 1])],
    ['maps', '82 a46e616d65 a4676f6c64 a26f6e c3', { name: 'gold', on: true }],
    ['maps with a length of two bytes', 'de0001 a26f6e c3', { on: true }],
  ])('read %s', (_, hex, value) => {
    expect(decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toStrictEqual(value);
  });

  it('write plain binary for every kind of bytes', () => {
    expect(encode(new Uint8Array([1, 2])).toString('hex')).toBe('c4020102');
    expect(encode(Buffer.from([1, 2])).toString('hex')).toBe('c4020102');
  });
});

class Hidden {
  readonly #secret = 'hunter2';
  read() {
    return this.#secret;
  }
}

class Getters {
  get text() {
    return 'hunter2';
  }
}

describe('encode', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const list: unknown[] = [];
  list.push(list);
  let deep: unknown = 'hunter2';
  for (let i = 0; i < 65; i++) deep = [deep];

  it.each<[what: string, value: unknown, path: string, reason: string]>([
    ['a function', { on: { change: () => 'hunter2' } }, 'on.change', 'a function'],
    ['a symbol', { a: [1, Symbol('hunter2')] }, 'a[1]', 'a symbol'],
    ['a map', { a: { b: new Map([['password', 'hunter2']]) } }, 'a.b', 'a Map'],
    ['a weak map', { a: new WeakMap() }, 'a', 'a WeakMap'],
    ['a promise', { a: Promise.resolve('hunter2') }, 'a', 'a Promise'],
    ['a regular expression', { a: /hunter2/ }, 'a', 'a RegExp'],
    ['an error', { a: new Error('hunter2') }, 'a', 'a Error'],
    ['an invalid date', { at: new Date(Number.NaN) }, 'at', 'an invalid date'],
    ['bytes behind a buffer', { a: new ArrayBuffer(8) }, 'a', 'a ArrayBuffer'],
    ['a typed array', { a: new Float64Array([1]) }, 'a', 'a Float64Array'],
    ['an instance without readable state', { a: new Hidden() }, 'a', 'an instance of a class that shows no properties'],
    ['an instance of getters', { a: [new Getters()] }, 'a[0]', 'an instance of a class that shows no properties'],
    ['a boxed string', { a: Object('hunter2') }, 'a', 'a String'],
    ['an iterator', { a: ['hunter2'].values() }, 'a', 'a Array Iterator'],
    ['half a surrogate pair', { a: 'hunter2\ud800' }, 'a', 'text with half a surrogate pair'],
    ['a function in a set', { a: new Set([() => 'hunter2']) }, 'a{}', 'a function'],
    ['a bad toJSON', { a: { toJSON: () => Symbol('hunter2') } }, 'a', 'a symbol'],
    ['a prototype', { a: JSON.parse('{"__proto__": {"admin": "hunter2"}}') }, 'a.__proto__', 'under a name that'],
  ])('refuses %s, with the path and without the value', (_, value, path, reason) => {
    const { code, message } = caught(() => encode(value));
    expect(code).toBe('PAYLOAD_UNENCODABLE');
    expect(message).toMatch(`"${path}" cannot be encoded: it is ${reason}`);
    expect(message).not.toMatch('hunter2');
  });

  it('refuses a value that is as a whole no data', () => {
    expect(caught(() => encode(() => 1)).message).toBe('The value cannot be encoded: it is a function.');
  });

  it.each([
    ['an object that contains itself', cycle],
    ['a list that contains itself', list],
    ['65 levels', deep],
    [
      'a toJSON that returns itself',
      {
        toJSON() {
          return this;
        },
      },
    ],
  ])('refuses %s instead of running out of stack', (_, value) => {
    const { code, message } = caught(() => encode(value));
    expect(code).toBe('PAYLOAD_UNENCODABLE');
    expect(message).toMatch('nested deeper than 64 levels, or a cycle');
    expect(message).not.toMatch('hunter2');
  });

  it('takes 64 levels', () => {
    expect(roundTrip((deep as unknown[])[0])).toEqual((deep as unknown[])[0]);
  });

  it('takes one object in two places', () => {
    const shared = { a: 1 };
    expect(roundTrip([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('leaves what it was given as it was', () => {
    const value = { at: new Date(0), tags: new Set(['a']), list: [{ a: 1 }] };
    encode(value);
    value.at.setTime(1);
    value.tags.add('b');
    value.list.push({ a: 2 });
    expect(Object.isFrozen(value)).toBe(false);
  });

  it('never touches the prototype of anything', () => {
    roundTrip(JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

function randomValue(random: SeededRandom, depth: number): unknown {
  const scalars = [
    () => null,
    () => random.chance(0.5),
    () => random.int(-(2 ** 53) + 1, 2 ** 53 - 1),
    () => random.int(-300, 300),
    () => random.next() * 1e10,
    () => BigInt(random.int(-1000, 1000)) ** BigInt(random.int(1, 20)),
    () => random.word(random.int(0, 300)),
    () => '😀é\0"'.repeat(random.int(0, 20)),
    () => new Date(random.int(-8.64e15, 8.64e15)),
    () => Buffer.from(random.word(random.int(0, 300))),
  ];
  if (depth === 0 || random.chance(0.4)) return random.pick(scalars)();
  const items = Array.from({ length: random.int(0, 5) }, () => randomValue(random, depth - 1));
  if (random.chance(0.2)) return new Set(items);
  if (random.chance(0.5)) return items;
  return Object.fromEntries(items.map(item => [random.word(random.int(1, 40)), item]));
}
