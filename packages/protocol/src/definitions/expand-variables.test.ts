import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeConfigValue, parseConfigValue } from './config-value.ts';
import { defineConfig } from './define-config.ts';
import { expandVariables } from './expand-variables.ts';

/** `%` stands for the dollar sign: a linter takes `${…}` in a text for a forgotten template. */
const dollars = (text: string) => text.replaceAll('%', '$');
const environment = { A: 'a', B: dollars('%{A}'), EMPTY: '', _X9: 'x' };
const names = ['A', 'B', 'EMPTY', '_X9', 'GONE', 'toString'];
const expand = (value: unknown) => expandVariables(value, names, environment);

describe('expandVariables', () => {
  // K11
  it.each<[what: string, text: string, expanded: string]>([
    ['a variable', '%{A}', 'a'],
    ['several, and what is between', '<%{A}-%{A}%{_X9}>', '<a-ax>'],
    ['a default that is not needed', '%{A:-b}', 'a'],
    ['a default for a variable that is not set', '%{GONE:-b c}', 'b c'],
    ['a default for an empty variable', '%{EMPTY:-b}', 'b'],
    ['an empty default', '[%{GONE:-}]', '[]'],
    ['an empty variable', '[%{EMPTY}]', '[]'],
    ['a variable that is not set and has no default, which stays', '%{GONE}', '%{GONE}'],
    ['a value that looks like a variable: it is not scanned again', '%{B}', '%{A}'],
    ['a default that looks like a variable: it ends at the first brace', '%{GONE:-%{A}}', '%{A}'],
    ['an escape', '\\%{A}', '%{A}'],
    ['an escape of one with a default', '\\%{A:-b}', '%{A:-b}'],
    ['an escaped backslash', '\\\\%{A}', '\\a'],
    ['an escaped backslash and an escape', '\\\\\\%{A}', '\\%{A}'],
    ['an unclosed one', '%{A', '%{A'],
    ['an unclosed default', '%{A:-b', '%{A:-b'],
    ['an unclosed one before a closed one', '%{A %{A}', '%{A a'],
    ['a dollar sign', '%A % {A}', '%A % {A}'],
    ['nothing between the braces', '%{}', '%{}'],
    ['a name that none can be', '%{9A} %{A-b} %{A:b} %{ A }', '%{9A} %{A-b} %{A:b} %{ A }'],
    [
      'a name that the config does not list, with its escape',
      '%{HOME} \\%{HOME} %{HOME:-x}',
      '%{HOME} \\%{HOME} %{HOME:-x}',
    ],
    ['a variable in what would be the default of a name that is not listed', '%{HOME:-%{A}}', '%{HOME:-a}'],
    ['a backslash that escapes nothing', 'C:\\temp\\\\%', 'C:\\temp\\\\%'],
    ['a name that every object has', '%{toString:-none}', 'none'],
  ])('handles %s', (_, text, expanded) => {
    expect(expand(dollars(text))).toBe(dollars(expanded));
  });

  it('reaches every text in depth, and neither names nor anything that is no text', () => {
    const text = dollars('%{A}');
    const value = { [text]: [text, 1, null, true, { b: text }], plain: {} };
    expect(expand(value)).toEqual({ [text]: ['a', 1, null, true, { b: 'a' }], plain: {} });
  });

  it('keeps a property called `__proto__` a property', () => {
    const expanded = expand(JSON.parse(dollars('{"__proto__":{"admin":"%{A}"}}'))) as object;
    expect(Object.getPrototypeOf(expanded)).toBe(Object.prototype);
    expect(JSON.stringify(expanded)).toBe('{"__proto__":{"admin":"a"}}');
  });

  const random = seededRandom();
  it(`changes no text in which no listed variable is named, whatever else is in it (seed ${random.seed})`, () => {
    const pieces = ['%', '{', '}', '\\', ':-', '%{', '%{C}', '\\%{C}', '%{C:-x}', 'A', ' ', '%{A-}', '%{A:x}'];
    for (let round = 0; round < 5_000; round++) {
      const text = Array.from({ length: random.int(0, 8) }, () => dollars(random.pick(pieces))).join('');
      if (/\$\{A(:-[^}]*)?\}/.test(text)) continue;
      expect(expandVariables(text, ['A'], environment)).toBe(text);
    }
  });

  it(`gives back any text that was escaped (seed ${random.seed})`, () => {
    const pieces = ['%', '{', '}', '\\', '%{A}', '%{A:-x}', '%{GONE}', 'a', ':-'];
    for (let round = 0; round < 5_000; round++) {
      const text = Array.from({ length: random.int(0, 8) }, () => dollars(random.pick(pieces))).join('');
      const escaped = text.replace(/(\\*)(\$\{(?:A|GONE)(?::-[^}]*)?\})/g, '$1$1\\$2');
      expect(expand(escaped)).toBe(text);
    }
  });
});

describe('a config with `expand`', () => {
  const schema = z.object({ host: z.string(), port: z.coerce.number() });
  const config = defineConfig({ name: 'a', schema, expand: ['TENANTRY_TEST_PORT'] });

  it('is stored as it was written, and read with the variables of the process that reads', () => {
    const written = { host: dollars('%{HOME}'), port: dollars('%{TENANTRY_TEST_PORT:-80}') };
    const text = encodeConfigValue(config, written);
    expect(JSON.parse(text)).toEqual(written);
    expect(parseConfigValue(config, JSON.parse(text))).toEqual({ host: dollars('%{HOME}'), port: 80 });
    process.env.TENANTRY_TEST_PORT = '8080';
    try {
      expect(parseConfigValue(config, JSON.parse(text))).toEqual({ host: dollars('%{HOME}'), port: 8080 });
    } finally {
      delete process.env.TENANTRY_TEST_PORT;
    }
  });

  it('has the variables in its default, too', () => {
    const withDefault = defineConfig({
      name: 'a',
      schema,
      expand: ['TENANTRY_TEST_PORT'],
      default: { host: 'x', port: dollars('%{TENANTRY_TEST_PORT:-80}') },
    });
    expect(withDefault.default).toEqual({ host: 'x', port: 80 });
  });

  it('without it is read as it was written', () => {
    const plain = defineConfig({ name: 'a', schema: z.string() });
    expect(parseConfigValue(plain, dollars('%{PATH}'))).toBe(dollars('%{PATH}'));
  });
});
