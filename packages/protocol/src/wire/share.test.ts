import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deepFreeze, shareOutput } from './share.ts';

const share = <T>(output: T): T => shareOutput('a', output);

/** Each with the change that one reader tries, and what the others must go on seeing. */
const SHAPES: [string, () => unknown, (value: never) => unknown, (value: never) => unknown][] = [
  ['bytes', () => Buffer.from([1, 2]), (bytes: Buffer) => bytes.fill(9), (bytes: Buffer) => [...bytes]],
  ['a Uint8Array', () => new Uint8Array([1, 2]), (a: Uint8Array) => a.fill(9), (a: Uint8Array) => [...a]],
  ['a Float64Array', () => new Float64Array([1.5]), (a: Float64Array) => a.fill(9), (a: Float64Array) => [...a]],
  [
    'a DataView',
    () => new DataView(new ArrayBuffer(2)),
    (d: DataView) => d.setInt8(0, 9),
    (d: DataView) => d.getInt8(0),
  ],
  [
    'an ArrayBuffer',
    () => new ArrayBuffer(2),
    (b: ArrayBuffer) => new Uint8Array(b).fill(9),
    (b: ArrayBuffer) => [...new Uint8Array(b)],
  ],
  [
    'a Map',
    () => new Map([['a', { n: 1 }]]),
    (m: Map<string, object>) => m.set('b', {}),
    (m: Map<string, object>) => [...m],
  ],
  [
    'an object in a Map',
    () => new Map([['a', { n: 1 }]]),
    (m: Map<string, { n: number }>) => {
      Object.assign(m.get('a') ?? {}, { n: 2 });
    },
    (m: Map<string, { n: number }>) => m.get('a')?.n,
  ],
  [
    'a Map with bytes',
    () => new Map([['a', Buffer.from([1])]]),
    (m: Map<string, Buffer>) => m.get('a')?.fill(9),
    (m: Map<string, Buffer>) => [...(m.get('a') ?? [])],
  ],
  ['a Set', () => new Set([1]), (s: Set<number>) => s.add(2), (s: Set<number>) => [...s]],
  ['a URL', () => new URL('https://a.example/?x=1'), (u: URL) => u.searchParams.set('x', '2'), (u: URL) => u.href],
  [
    'the host of a URL',
    () => new URL('https://a.example/'),
    (u: URL) => {
      u.host = 'b.example';
    },
    (u: URL) => u.href,
  ],
  ['URLSearchParams', () => new URLSearchParams('x=1'), (p: URLSearchParams) => p.set('x', '2'), String],
  ['a Date', () => new Date(0), (d: Date) => d.setFullYear(1999), (d: Date) => d.getTime()],
  ['a RegExp', () => /a/g, (r: RegExp) => r.test('a'), (r: RegExp) => r.lastIndex],
  [
    'an object',
    () => ({ a: { b: 1 } }),
    (o: { a: { b: number } }) => {
      o.a.b = 2;
    },
    (o: { a: { b: number } }) => o.a.b,
  ],
  ['a list', () => [[1]], (l: number[][]) => l[0]?.push(2), (l: number[][]) => l[0]?.length],
  [
    'an object of another realm',
    () => runInNewContext('({ a: 1 })'),
    (o: { a: number }) => {
      o.a = 2;
    },
    (o: { a: number }) => o.a,
  ],
];

const attempt = (change: () => unknown): void => {
  try {
    change();
  } catch {
    // A refusal is as good as a change that nobody else sees.
  }
};

describe('what one reader does to a value, no other reader sees', () => {
  it.each(SHAPES)('in a schema output: %s', (_, make, change, look) => {
    const original = make() as never;
    const before = look(make() as never);
    const [inObject, inList] = [share({ value: original }), share([original])];
    for (const read of [() => inObject.value, () => inList[0] as never]) {
      attempt(() => change(read()));
      expect(look(read())).toEqual(before);
    }
    // And it is still the application's to change.
    expect(Object.isFrozen(original)).toBe(false);
    change(original);
  });

  it('in a row: bytes, dates and sets', () => {
    const row = deepFreeze({
      bytes: Buffer.from([1]),
      list: [Buffer.from([1])],
      at: new Date(0),
      tags: new Set(['a']),
    });
    row.bytes[0] = 2;
    row.list[0]?.fill(2);
    expect(() => row.at.setTime(1)).toThrow(TypeError);
    expect(() => row.tags.add('b')).toThrow(TypeError);
    expect(row).toEqual({ bytes: Buffer.from([1]), list: [Buffer.from([1])], at: new Date(0), tags: new Set(['a']) });
    expect({ ...row }).toEqual(row);
    expect(structuredClone(row.list)).toEqual([new Uint8Array([1])]);
  });
});

it('keeps what is equal one object, and what a class made as it is', () => {
  class Money {
    amount = 1;
  }
  class Tags extends Map<string, string> {}
  const [both, money, tags] = [{ n: 1 }, new Money(), new Tags()];
  const shared = share({ a: both, b: both, money, tags });
  expect(shared.a).toBe(shared.b);
  expect(shared.money).toBe(money);
  expect(shared.tags).toBe(tags);
  expect([Object.isFrozen(money), Object.isFrozen(tags)]).toEqual([false, false]);
});

it('takes what cannot be frozen as it is', () => {
  expect([deepFreeze(null), deepFreeze(7), deepFreeze('a'), deepFreeze(undefined)]).toEqual([null, 7, 'a', undefined]);
  expect([share(null), share(7n), share(undefined)]).toEqual([null, 7n, undefined]);
});
