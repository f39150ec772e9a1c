import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FolderFormat, parseSource } from './parse-source.ts';
import { SourceFault } from './source-fault.ts';
import { offsetOf, valueIn } from './tree.ts';

const LIMITS = { maxDepth: 64, maxAliased: 100 };

const read = (format: FolderFormat, text: string) => parseSource(text, format, LIMITS).map(valueIn);

function faultOf(format: FolderFormat, text: string): [code: string, at: string] {
  try {
    read(format, text);
  } catch (error) {
    if (error instanceof SourceFault) return [error.code, text.slice(error.offset, error.offset + 4)];
    throw error;
  }
  throw new Error(`taken: ${text}`);
}

// L8
describe('YAML', () => {
  it.each([
    ['a: on\nb: yes\nc: Off', { a: 'on', b: 'yes', c: 'Off' }],
    ['a: true\nb: null\nc: ~', { a: true, b: null, c: null }],
    ['0o14', 12],
    ['014', 14],
    ['0x1F', 31],
    ['1_000', '1_000'],
    ['2026-11-30', '2026-11-30'],
    ['2026-11-30T12:00:00Z', '2026-11-30T12:00:00Z'],
    ['12:30:45', '12:30:45'],
    ['9007199254740991', 9007199254740991],
    ['1.0', 1],
    ['1e3', 1000],
    ['null', null],
    ['8080: web\nnull: x\nyes: y\n0x10: z', { 8080: 'web', null: 'x', yes: 'y', '0x10': 'z' }],
    ['"<<": x', { '<<': 'x' }],
    ['a: &x [1, 2]\nb: *x', { a: [1, 2], b: [1, 2] }],
    ['a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['a: !!str 5', { a: '5' }],
    ['a: |\n  one\n  two\n', { a: 'one\ntwo\n' }],
    ['a: "\\0\\e"\r\nb:\t"\u007f"', { a: '\u0000\u001b', b: '\u007f' }],
  ])('value %#: what YAML 1.2 says', (text, value) => {
    expect(read('yaml', text)).toEqual([value]);
  });

  it.each([
    ['a: 1\na: 2', 'NOT_PARSED', 'a: 2'],
    ['a: 1\n"a": 2', 'NOT_PARSED', '"a":'],
    ['1: x\n"1": y', 'NOT_PARSED', '"1":'],
    ['a: 9007199254740993', 'NOT_JSON', '9007'],
    ['a: 9007199254740993.0', 'NOT_JSON', '9007'],
    ['a: 0.12345678901234567890', 'NOT_JSON', '0.12'],
    ['a: .nan', 'NOT_JSON', '.nan'],
    ['a: -.inf', 'NOT_JSON', '-.in'],
    ['a: 1e999', 'NOT_JSON', '1e99'],
    ['base: &b {x: 1}\na:\n  <<: *b', 'NOT_JSON', '<<: '],
    ['a: !!binary aGk=', 'NOT_JSON', 'aGk='],
    ['a: !other 5', 'NOT_PARSED', '!oth'],
    ['a: !!set {x}', 'NOT_JSON', '{x}'],
    ['? [a]\n: 1', 'NOT_JSON', '[a]\n'],
    ['a: &x [*x]', 'NOT_JSON', '*x]'],
    ['a: *x', 'NOT_PARSED', '*x'],
    ['%YAML 1.1\n---\na: yes', 'NOT_PARSED', '%YAM'],
    ['a:\n\t- 1', 'NOT_PARSED', '\t- 1'],
    ['__proto__: {x: 1}', 'NOT_JSON', '__pr'],
    ['"\\ud800": 1', 'NOT_JSON', '"\\ud'],
    ['a: x\u0000y', 'NOT_PARSED', '\u0000y'],
    ['\u0000\u0000', 'NOT_PARSED', '\u0000\u0000'],
    ['a: 1 # \u001b[31m', 'NOT_PARSED', '\u001b[31'],
    ['a: [1, 2', 'NOT_PARSED', ''],
    ['a: "x', 'NOT_PARSED', ''],
    ['# nothing\n', 'NOT_PARSED', '# no'],
    ['---\n', 'NOT_PARSED', '\n'],
    ['  \n', 'NOT_PARSED', '  \n'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'NOT_JSON', '[]]]'],
    ['['.repeat(100_000), 'NOT_JSON', '[[[['],
    ['- '.repeat(100_000), 'NOT_JSON', ' - -'],
    ['? '.repeat(100_000), 'NOT_JSON', ' ? ?'],
    [`a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]`, 'NOT_JSON', '*b,*'],
  ])('text %# is refused where it stands', (text, code, at) => {
    expect(faultOf('yaml', text)).toEqual([code, at]);
  });

  it('reads a map of many names', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `name${i}`);
    const [value] = read('yaml', names.map(name => `${name}: 1`).join('\n'));
    expect(Object.keys(value as object)).toEqual(names);
  });

  it('has several documents', () => {
    expect(read('yaml', 'a: 1\n---\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }]);
  });
});

describe('JSON', () => {
  it.each([
    ['{"a":1,"a":2}', 'NOT_PARSED', '"a":'],
    ['{"a":9007199254740993}', 'NOT_JSON', '9007'],
    ['{"a":1,}', 'NOT_PARSED', '}'],
    ['[1,]', 'NOT_PARSED', ']'],
    ['{"a":1', 'NOT_PARSED', ''],
    ["{'a':1}", 'NOT_PARSED', "'a':"],
    ['{a:1}', 'NOT_PARSED', 'a:1}'],
    ['{"a" 1}', 'NOT_PARSED', '1}'],
    ['[01]', 'NOT_PARSED', '1]'],
    ['// x\n1', 'NOT_PARSED', '// x'],
    ['{"a":"x\ny"}', 'NOT_PARSED', '"x\ny'],
    ['"\\ud800"', 'NOT_JSON', '"\\ud'],
    ['1 2', 'NOT_PARSED', '2'],
    ['[NaN]', 'NOT_PARSED', 'NaN]'],
    ['{"__proto__":1}', 'NOT_JSON', '"__p'],
    ['[1e999]', 'NOT_JSON', '1e99'],
    ['', 'NOT_PARSED', ''],
    ['['.repeat(100_000), 'NOT_JSON', '[[[['],
  ])('text %# is refused where it stands', (text, code, at) => {
    expect(faultOf('json', text)).toEqual([code, at]);
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), text => {
        const value: unknown = JSON.parse(text);
        if (JSON.stringify(value).includes('"__proto__"') || /\d{16}/.test(text)) return;
        expect(read('json', text)).toEqual([value]);
      }),
    );
  });

  it('reads long texts', () => {
    expect(read('json', JSON.stringify('x"\\'.repeat(500_000)))).toEqual(['x"\\'.repeat(500_000)]);
  });
});

describe('TOML', () => {
  it.each([
    ['a = 1979-05-27', { a: '1979-05-27' }],
    ['a = 1979-05-27T07:32:00-08:00', { a: '1979-05-27T07:32:00.000-08:00' }],
    ['a = 07:32:00', { a: '07:32:00.000' }],
    ['a = [2024-02-29, 2000-02-29, 07:32:00.123000] # 2026-02-30', { a: ['2024-02-29', '2000-02-29', '07:32:00.123'] }],
    ['2026-02-30 = "2026-02-30"\nb = { 2026-02-31 = 1 }', { '2026-02-30': '2026-02-30', b: { '2026-02-31': 1 } }],
    ['a = 1_000\nb = 0o14\nc = 1.0', { a: 1000, b: 12, c: 1 }],
    ['[[plans]]\nid = "a"\n[[plans]]\nid = "b"', { plans: [{ id: 'a' }, { id: 'b' }] }],
    ['# no properties\n', {}],
  ])('text %# becomes JSON', (text, value) => {
    expect(read('toml', text)).toEqual([value]);
  });

  it.each([
    ['x = 1\na = 9007199254740993', 'NOT_JSON', 'a = '],
    ['a = inf', 'NOT_JSON', 'a = '],
    ['[t]\na = nan', 'NOT_JSON', 'a = '],
    ['a = 1\na = 2', 'NOT_PARSED', 'a = '],
    ['a = ', 'NOT_PARSED', ''],
    ['a = 1\nb', 'NOT_PARSED', 'b'],
    ['"__proto__" = 1', 'NOT_JSON', '"__p'],
    ['a = 2026-02-30', 'NOT_PARSED', '2026'],
    ['a = 0000-02-30T07:32:00Z', 'NOT_PARSED', '0000'],
    ['a = [{ b = 2026-04-31 07:32:00 }]', 'NOT_PARSED', '2026'],
    ['a = 1900-02-29', 'NOT_PARSED', '1900'],
    ['a = 07:32:00.123456', 'NOT_JSON', '07:3'],
    ['a = 1979-05-27 07:32:00.0001-08:00', 'NOT_JSON', '07:3'],
  ])('text %# is refused where it stands', (text, code, at) => {
    expect(faultOf('toml', text)).toEqual([code, at]);
  });

  it('knows where its parts stand', () => {
    const text =
      'top = """\nfake = 1\n"""\n[server.tls]\ncert = "x"\n"odd key".deep = [1,\n 2]\n[[plans]]\nid = 1\n[[plans]]\nid = 2\n[plans.more]\nx = 1\n';
    const [tree] = parseSource(text, 'toml', LIMITS);
    const at = (pointer: string) => text.slice(offsetOf(tree as never, pointer)).split('\n')[0];
    expect(at('/server/tls/cert')).toBe('cert = "x"');
    expect(at('/server')).toBe('[server.tls]');
    expect(at('/server/tls/odd key/deep/1')).toBe('"odd key".deep = [1,');
    expect(at('/plans/1/id')).toBe('id = 2');
    expect(at('/plans/1/more/x')).toBe('x = 1');
    expect(at('/plans/1/other')).toBe('[[plans]]');
    expect(at('/top')).toBe('top = """');
  });
});

it.each(['yaml', 'json', 'toml'] as const)(
  'whatever a text is, in %s it is a value or is refused with a place',
  format => {
    const pieces = fc.constantFrom(
      ...[
        'a',
        'b: ',
        '- ',
        '? ',
        ': ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '\n',
        '\n  ',
        '\t',
        '&x ',
        '*x',
        '!t ',
        '!!str ',
        '|',
        '>-',
        '#',
        '---',
        '...',
      ],
      ...[
        '%YAML 1.1\n',
        '<<',
        '0x',
        '1e',
        '=',
        '"""',
        "'''",
        '[[a]]\n',
        '\\u',
        '\\',
        '\u0000',
        '\ud800',
        '\u2028',
        '~',
        '@',
        '`',
        '1',
        '.inf',
        '\r',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), parts => {
        const text = parts.join('');
        try {
          for (const tree of parseSource(text, format, LIMITS)) JSON.stringify(valueIn(tree));
        } catch (error) {
          expect(error).toBeInstanceOf(SourceFault);
          expect((error as SourceFault).offset).toBeGreaterThanOrEqual(0);
          expect((error as SourceFault).offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 1_000 },
    );
  },
);
