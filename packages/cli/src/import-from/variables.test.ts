import { describe, expect, it } from 'vitest';
import { parseDotenv } from './dotenv.ts';
import { importFrom } from './import-from.ts';
import { NO_MAP, readImportMap } from './import-map.ts';
import { scalarOf } from './scalar-of.ts';
import { fromEnvironment } from './variables.ts';

const dotenv = (text: string, map = '', more = {}) =>
  importFrom('dotenv', [{ text, file: '.env', ...more }], map === '' ? NO_MAP : readImportMap(map, 'map.yaml'));

describe('a file of variables', () => {
  it('has comments, export, and quotes over several lines', () => {
    const { variables, notes } = parseDotenv(
      [
        '# a comment',
        'PLAIN=one two   # behind it',
        'export QUOTED="a # b \\"c\\" \\n d"',
        "  SINGLE='no \\n escape $HOME'",
        'KEY="-----BEGIN-----',
        'abc',
        '-----END-----"',
        'TICKS=`it\'s "both"` # fine',
        'EMPTY=',
        'URL=https://example.com/#anchor',
        '',
      ].join('\r\n'),
    );
    expect(notes).toEqual([]);
    expect(Object.fromEntries(variables.map(({ name, value }) => [name, value]))).toEqual({
      PLAIN: 'one two',
      QUOTED: 'a # b "c" \n d',
      SINGLE: 'no \\n escape $HOME',
      KEY: '-----BEGIN-----\nabc\n-----END-----',
      TICKS: 'it\'s "both"',
      EMPTY: '',
      URL: 'https://example.com/#anchor',
    });
  });

  it('says of each line that is no variable where it stands, and goes on', () => {
    const { variables, notes } = parseDotenv('A=1\nnot a variable\nB="open\nC=$A/x\nA=2\nD="x" y\n');
    expect(variables.map(({ name, value }) => `${name}=${value}`)).toEqual(['A=2', 'C=$A/x']);
    expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      'line 2: is neither a variable nor a comment',
      'line 3: B has quotes that do not end, or something stands behind them',
      'line 4: C names another variable or a command, which is not put in',
      'line 5: A stands in the file twice: the last one counts',
      'line 6: D has quotes that do not end, or something stands behind them',
    ]);
  });

  it('says of what readers take otherwise: lines that systemd puts together, and a dollar behind a backslash', () => {
    const text = "LONG=one \\\n  two\nDIR='C:\\data\\'\nEVEN=a\\\\\nPAY=\"5\\$ each\"\nRAW='\\$'\n";
    const { variables, notes } = parseDotenv(text);
    expect(variables.map(({ name, value }) => `${name}=${value}`)).toEqual([
      ...['DIR=C:\\data\\', 'EVEN=a\\\\', 'PAY=5\\$ each', 'RAW=\\$'],
    ]);
    expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      'line 1: LONG ends with a backslash: it may go on in the next line, and is left out. If it does not, put it in quotes',
      'line 2: is neither a variable nor a comment',
      'line 5: PAY has \\$, which stays as it is: some readers make $ of it',
    ]);
  });

  it('has lines that end as on any system, and takes no earlier value where the last one is not clear', () => {
    const { variables, notes } = parseDotenv('A=1\rB=2\r\nC=$(hostname)\nKEY=#1f\nNONE= # comment\nA="x" y\n');
    expect(variables.map(({ name, value }) => `${name}=${value}`)).toEqual(['B=2', 'C=$(hostname)', 'NONE=']);
    expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      'line 3: C names another variable or a command, which is not put in',
      'line 4: KEY begins with #, which may be a comment: it is left out. Put it in quotes',
      'line 6: A has quotes that do not end, or something stands behind them',
    ]);
  });

  it('makes configs of names by a rule that is written down, and of others by a map', () => {
    expect(dotenv('SMTP_SERVER__HOST=mail\nSMTP_SERVER__PORT=25\nNEW_UI=true\n').entries).toMatchObject([
      { scope: 'global', config: 'smtp-server', json: '{"host":"mail","port":25}' },
      { scope: 'global', config: 'new-ui', json: 'true' },
    ]);
    const map = `
configs:
  HOST: smtp#/host
  ZIP: { to: address#/zip, as: text }
  IGNORED: null
`;
    expect(
      dotenv('APP_HOST=mail\nAPP_ZIP=12345\nAPP_IGNORED=1\nOTHER=2\n', map, { prefix: 'APP_', scope: 'tenants/acme' }),
    ).toMatchObject({
      entries: [
        { scope: 'tenants/acme', config: 'smtp', json: '{"host":"mail"}' },
        { scope: 'tenants/acme', config: 'address', json: '{"zip":"12345"}' },
      ],
      notes: [],
    });
  });

  it('notes two values for one place, and parts without a name', () => {
    const { entries, notes } = dotenv('A=1\nA__B=2\n__X=3\nC__=4\nD__E=5\nD__E__F=6\n');
    expect(entries.map(({ config, json }) => [config, json])).toEqual([
      ['a', '1'],
      ['d', '{"e":5}'],
    ]);
    expect(notes.map(({ name }) => name)).toEqual(['A__B', '__X', 'C__', 'D__E__F']);
  });
});

it('the environment counts where it has the prefix, or stands in the map', () => {
  const env = { TENANTRY_IMPORT_MODE: 'on', HOME: '/root', SMTP_HOST: 'mail', TENANTRY_TOKEN: 'x' };
  const map = readImportMap('configs: { SMTP_HOST: smtp#/host }', 'map.yaml');
  expect(fromEnvironment(env, {}, map).entries).toMatchObject([
    { scope: 'global', config: 'smtp', json: '{"host":"mail"}' },
    { scope: 'global', config: 'mode', json: '"on"' },
  ]);
});

// C5
it('a text becomes a number only where nothing of it is lost', () => {
  expect(['7', '-1.5', 'true', 'false', '[1,"a"]', '{"a":1}'].map(scalarOf)).toEqual([
    7,
    -1.5,
    true,
    false,
    [1, 'a'],
    { a: 1 },
  ]);
  for (const text of ['007', '1.10', '9007199254740993', '1e400', 'null', '', 'TRUE', '[1', '-', '0x10', '10:30'])
    expect(scalarOf(text)).toBe(text);
});

it.each([
  ['- a', 'configs'],
  ['other: {}', '"other"'],
  ['configs: { A: { to: b, as: number } }', '"A"'],
  ['configs: { A: "b#c" }', 'JSON Pointer'],
  ['scopes: { A: "a/b/c" }', 'no scope'],
  ['configs: { A: b, A: c }', 'neither YAML nor JSON'],
])('a map that says %j is refused', (text, words) => {
  expect(() => readImportMap(text, 'map.yaml')).toThrow(words);
});
