import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepsItsText, sameJson } from './json-tree.ts';
import { fromPlain, toPlain } from './plain.ts';
import { printJson, readableText } from './print-json.ts';
import { readJson, spansOf } from './read-json.ts';

// B19
describe('JSON text', () => {
  it.each(['9007199254740993', '1.10', '1e400', '-0', '1E+2', '[1.0,{"a":123456789012345678901234567890}]'])(
    'keeps the digits of %s',
    text => {
      const { tree } = readJson(text);
      expect(printJson(tree ?? null, 0)).toBe(text);
    },
  );

  it('keeps the order of names, and `__proto__` as a name like any other', () => {
    const text = '{"b":1,"a":2,"__proto__":{"c":3}}';
    expect(printJson(readJson(text).tree ?? null, 0)).toBe(text);
    expect(({} as { c?: number }).c).toBeUndefined();
  });

  it.each<[text: string, path: string, at: number, message: RegExp]>([
    ['{"a":{"b":1,"b":2}}', '/a/b', 12, /stands here twice/],
    ['{"a":[1,2', '/a', 9, /comma or \]/],
    ['{"a":01}', '/a', 6, /not a number/],
    ['{"a":1}}', '', 7, /behind the end/],
    ['{"a":"\\x"}', '/a', 5, /escape/],
    ['{"a/b":tru}', '/a~1b', 7, /value belongs here/],
    ['', '', 0, /ends too early/],
    ['{a:1}', '', 1, /double quotes/],
  ])('says where %s is wrong', (text, path, at, message) => {
    expect(readJson(text).problem).toMatchObject({ path, at, message: expect.stringMatching(message) });
  });

  it('ends at a depth that nobody writes, instead of at the end of the stack', () => {
    expect(readJson('['.repeat(100_000)).problem?.message).toMatch(/deeper than 200/);
  });

  it('says where each value stands', () => {
    expect([...spansOf('{ "a": [10, "x"] }')]).toEqual([
      ['/a/0', [8, 10]],
      ['/a/1', [12, 15]],
      ['/a', [7, 16]],
      ['', [0, 18]],
    ]);
  });

  it('takes what JSON.parse takes, and refuses what it refuses', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '0', '\\'), (json, at, noise) => {
        const text = json.slice(0, at % (json.length + 1)) + noise + json.slice(at % (json.length + 1));
        const read = readJson(text);
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect(read.problem).toBeDefined();
          return;
        }
        if (read.problem?.message.includes('twice')) return;
        expect(JSON.stringify(toPlain(read.tree ?? null))).toBe(JSON.stringify(parsed));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the same value after it was printed, however it is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, 4), (value, indent) => {
        const tree = fromPlain(value);
        expect(sameJson(readJson(printJson(tree, indent)).tree, tree)).toBe(true);
      }),
    );
  });

  it('gets lines where it had none, and is left alone where it had some', () => {
    expect(readableText('{"a":1.10,"b":[]}')).toBe('{\n  "a": 1.10,\n  "b": []\n}');
    expect(readableText('{"a":1.10,\n"b":[]}')).toBe('{"a":1.10,\n"b":[]}');
    expect(readableText('{"a":')).toBe('{"a":');
  });
});

it('numbers are the same where both texts are exact, and never by rounding', () => {
  const same = (one: string, other: string) => sameJson(readJson(one).tree, readJson(other).tree);
  expect(same('{"a":1,"b":2}', '{"b":2,"a":1}')).toBe(true);
  expect(same('9007199254740993', '9007199254740992')).toBe(false);
  expect(same('1.10', '1.1')).toBe(false);
  expect(['1.1', '0', '-7', '1e+21', '0.000001'].every(keepsItsText)).toBe(true);
  expect(['1.10', '-0', '1e400', '1e3', '9007199254740993'].some(keepsItsText)).toBe(false);
});
