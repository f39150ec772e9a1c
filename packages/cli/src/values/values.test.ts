import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { givenValue } from './given-value.ts';
import { momentOf } from './moment-of.ts';
import { toScope } from './scope.ts';

it.each([
  ['global', 'global'],
  ['acme', 'tenants/acme'],
  ['tenants/global', 'tenants/global'],
  ['groups/eu/west', 'groups/eu/west'],
])('%s is the scope %s', (text, scope) => {
  expect(toScope(text)).toBe(scope);
});

it.each(['', 'eu/west', 'groups/', 'tenants/', '/acme'])('%j is no scope', text => {
  expect(() => toScope(text)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});

describe('a value', () => {
  const { signal } = new AbortController();
  const given = (words: string[], asText = false, stdin = '') =>
    givenValue(words, asText, { stdin: Readable.from([stdin]), signal });

  it.each<[words: string[], json: string]>([
    [['{"a": 1.10}'], '{"a": 1.10}'],
    [['9007199254740993'], '9007199254740993'],
    [['a=1', 'b=x', 'c="1"', 'd=true', 'e={"f":[]}'], '{"a":1,"b":"x","c":"1","d":true,"e":{"f":[]}}'],
    [['a.b=1', 'a.c=9007199254740993'], '{"a":{"b":1,"c":9007199254740993}}'],
    [['a\\.b=1', 'x=a=b', 'y='], '{"a.b":1,"x":"a=b","y":""}'],
    [['"a=1"'], '"a=1"'],
    [['__proto__=1'], '{"__proto__":1}'],
  ])('of %j is %s, digit by digit', async (words, json) => {
    expect(await given(words)).toEqual({ json, isArgument: true });
  });

  it('of stdin is no argument, and may be a text', async () => {
    expect(await given(['-'], false, ' {"a":1}\n')).toEqual({ json: '{"a":1}', isArgument: false });
    expect(await given(['-'], true, 'two\nlines\n')).toEqual({ json: '"two\\nlines"', isArgument: false });
    expect(await given(['@x'], true).catch(error => error.code)).toBe('INVALID_OPTION');
  });

  it('of bytes that are not UTF-8 is refused, and the mark of a byte order is none of it', async () => {
    const stdin = (bytes: readonly number[]) => ({ stdin: Readable.from([Buffer.from(bytes)]), signal });
    for (const asText of [true, false])
      await expect(givenValue(['-'], asText, stdin([0x22, 0xfc, 0x22]))).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    const given = await givenValue(['-'], false, stdin([0xef, 0xbb, 0xbf, 0x35]));
    expect(given.json).toBe('5');
  });

  it.each([[[]], [['on']], [['{"a":']], [['a=1', '{}']], [['a=1', 'a=2']], [['a=1', 'a.b=2']], [['=1']]])(
    'of %j is refused',
    async words => {
      await expect(given(words)).rejects.toMatchObject({ code: expect.stringMatching(/^(NOT_JSON|INVALID_OPTION)$/) });
    },
  );
});

it('a point in time is a date with its zone, ms, or a duration from now', () => {
  const now = 1_000_000_000_000;
  expect(momentOf('2h', 'future', now)).toBe(now + 7_200_000);
  expect(momentOf('90m', 'past', now)).toBe(now - 5_400_000);
  expect(momentOf('1767225600000', 'past', now)).toBe(1_767_225_600_000);
  expect(momentOf('2026-01-01T00:00:00Z', 'past', now)).toBe(1_767_225_600_000);
  expect(momentOf(undefined, 'past', now)).toBeUndefined();
  for (const text of ['', 'soon', '2026-01-01', '2026-01-01T00:00:00', '5y', '-1h'])
    expect(() => momentOf(text, 'past', now)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
