import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseJson, toJson } from '../json/raw-numbers.ts';
import { Output, type OutputOptions } from './output.ts';
import { shown } from './shown.ts';
import { Table } from './table.ts';
import { cutToWidth, textWidth } from './text-width.ts';
import { toYaml } from './to-yaml.ts';

const outputOf = (options: Partial<OutputOptions> = {}) => {
  const stream = new PassThrough();
  const output = new Output({ stream, format: 'table', isColoured: false, columns: undefined, ...options });
  return { output, text: () => String(stream.read() ?? '') };
};

it.each<[text: string, width: number]>([
  ['acme', 4],
  ['é', 1],
  ['e\u0301', 1],
  ['日本', 4],
  ['한국', 4],
  ['👩‍👩‍👧', 2],
  ['🇫🇷', 2],
  ['❤️', 2],
  ['a\u200b', 1],
])('%j is %i columns wide', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

it('a text is cut between characters, never within one', () => {
  expect(cutToWidth('日本語', 5)).toBe('日本…');
  expect(cutToWidth('日本語', 4)).toBe('日…');
  expect(cutToWidth('acme', 4)).toBe('acme');
});

it('a table keeps the widths of its first rows, and shows what would move the cursor', () => {
  const table = new Table<readonly [string, number]>(
    [
      { title: 'NAME', of: ([name]) => name },
      { title: 'N', of: ([, count]) => count, right: true },
    ],
    undefined,
  );
  expect(
    table.lines([
      ['日本', 1],
      ['a\u001b[31m', 10],
    ]),
  ).toEqual({
    head: 'NAME          N',
    rows: ['日本          1', 'a\\u001b[31m  10'],
  });
  expect(table.lines([['a name that is longer than the first', 2]])).toEqual({
    head: undefined,
    rows: ['a name that is longer than the first   2'],
  });
});

it('colours and cuts only on a terminal', async () => {
  const columns = [{ title: 'NAME', of: (name: string) => name }];
  const plain = outputOf();
  await plain.output.list([['a long name']], columns);
  expect(plain.text()).toBe('NAME\na long name\n');
  const terminal = outputOf({ isColoured: true, columns: 6 });
  await terminal.output.list([['a long name']], columns);
  expect(terminal.text()).toBe('\u001b[1mNAME\u001b[22m\na lon…\n');
  await terminal.output.list([], columns);
  expect(terminal.text()).toContain('none');
  await plain.output.list([], columns);
  expect(plain.text()).toBe('');
});

it('JSON in an answer stands as a value, and no digit is lost', () => {
  const answer = parseJson(
    '{"json":"{\\"a\\":12345678901234567890,\\"b\\":1.10}","afterJson":"1","n":9007199254740993}',
  );
  expect(toJson(shown(answer))).toBe('{"value":{"a":12345678901234567890,"b":1.10},"after":1,"n":9007199254740993}');
  expect(toYaml(shown(answer))).toBe(
    'value:\n  a: 12345678901234567890\n  b: "1.10"\nafter: 1\n"n": 9007199254740993\n',
  );
});

it('a list is one JSON array, lines, or one YAML list, however many pages it has', async () => {
  const pages = [[{ a: 1 }, { a: 2 }], [{ a: 3 }]];
  const printed = async (format: OutputOptions['format'], of: object[][]) => {
    const { output, text } = outputOf({ format });
    await output.list(of, []);
    return text();
  };
  expect(await printed('json', pages)).toBe('[\n{"a":1},\n{"a":2},\n{"a":3}\n]\n');
  expect(await printed('ndjson', pages)).toBe('{"a":1}\n{"a":2}\n{"a":3}\n');
  expect(await printed('yaml', pages)).toBe('- a: 1\n- a: 2\n- a: 3\n');
  expect([await printed('json', []), await printed('ndjson', []), await printed('yaml', [])]).toEqual([
    '[]\n',
    '',
    '[]\n',
  ]);
});

const HOSTILE = 'a\u009b31mRED\u001b[31m\u202ebidi\u2028line\u007f\u0085\ttab\nnext';
const UNSEEN = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

it.each<[Output['format'], (text: string) => unknown]>([
  ['json', JSON.parse],
  ['ndjson', JSON.parse],
  ['yaml', text => parse(text)],
])('%s has nothing that a terminal would do, and programs read the same value', async (format, read) => {
  const { output, text } = outputOf({ format });
  const value = { [HOSTILE]: HOSTILE, list: [HOSTILE, 'plain', '\u009b', '\u2028x'] };
  await output.one(value, []);
  const printed = text();
  expect(printed).not.toMatch(UNSEEN);
  expect(read(printed)).toEqual(value);
});

it('lines for people have the colours of the program, where there are any, and nothing else that a terminal would do', async () => {
  for (const isColoured of [true, false]) {
    const { output, text } = outputOf({ isColoured });
    await output.one({}, [`${output.style('red', 'x')} \u001b]0;title\u0007 \u009b2J`]);
    expect(text()).toBe(`${isColoured ? '\u001b[31mx\u001b[39m' : 'x'} \\u001b]0;title\\u0007 \\u009b2J\n`);
  }
  // Colours that are not the program's, where it has none.
  const { output, text } = outputOf();
  await output.write('\u001b[31mred\n[1m\n');
  expect(text()).toBe('\\u001b[31mred\n[1m\n');
});

it('yaml has quotes where a reader of YAML 1.1 would take a text for something else', async () => {
  const texts = [
    'yes',
    'on',
    'null',
    '~',
    '2026-01-31',
    '2026-01-31T09:15:00Z',
    '12:30',
    '1_000',
    '0x1F',
    '0b1',
    '1e3',
  ];
  const { output, text } = outputOf({ format: 'yaml' });
  await output.one(texts, []);
  expect(parse(text(), { version: '1.1' })).toEqual(texts);
});
