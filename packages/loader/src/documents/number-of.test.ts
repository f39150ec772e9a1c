import { expect, it } from 'vitest';
import { type FolderFormat, parseSource } from './parse-source.ts';
import { SourceFault } from './source-fault.ts';
import { valueIn } from './tree.ts';

const LIMITS = { maxDepth: 64, maxAliased: 100 };
const LONG = '0.12345678901234567890';

function read(format: FolderFormat, text: string): unknown {
  try {
    return parseSource(text, format, LIMITS).map(valueIn)[0];
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    return [error.code, text.slice(error.offset, error.offset + 4)];
  }
}

// L8
it.each<[FolderFormat, string, string]>([
  ['yaml', 'a: 1e-400', '1e-4'],
  ['yaml', 'a: 1.23456e-320', '1.23'],
  ['json', '[1e-999]', '1e-9'],
  ['toml', `a = ${LONG}`, '0.12'],
  ['toml', 'a = 1e-999', '1e-9'],
  ['toml', 'a = [1.5, # x"\n 0.123_456_789_012_345_678]', '0.12'],
  ['toml', `a = {b = [[${LONG}]]}`, '0.12'],
  ['toml', `[[t]]\ns = """\\""" x""""\na = ${LONG}`, '0.12'],
  ['toml', `s = '''x'''''\na = ${LONG}`, '0.12'],
])('a number that would come back with other digits is refused in %s: %j', (format, text, at) => {
  expect(read(format, text)).toEqual(['NOT_JSON', at]);
});

it.each<[FolderFormat, string, unknown]>([
  ['yaml', '[0.0, -0.0, 0e5, 5e-324, 1.50, .5, +1.5]', [0, -0, 0, 5e-324, 1.5, 0.5, 1.5]],
  ['json', '[0.0, 1.7976931348623157e308]', [0, 1.7976931348623157e308]],
  ['toml', `[1.12345678901234567890]\n2.12345678901234567890 = 1.5`, undefined],
  ['toml', `a = "${LONG}" # ${LONG}`, { a: LONG }],
  ['toml', `a = '''\n= ${LONG}'''\nb = -6.626e-34`, { a: `= ${LONG}`, b: -6.626e-34 }],
  ['toml', 'a = 1979-05-27T07:32:00.123Z\nb = 0xdead_beef', { a: '1979-05-27T07:32:00.123Z', b: 0xdeadbeef }],
])('what is no such number is taken in %s: %j', (format, text, value) => {
  const digits = '12345678901234567890';
  expect(read(format, text)).toEqual(value ?? { 1: { [digits]: { 2: { [digits]: 1.5 } } } });
});
