import { MASK } from '@tenantry/protocol/internal';
import { expect, it } from 'vitest';
import { apiKey, theme } from '../configs.fixture.ts';
import { diffText, MOST_DIFF_BYTES, maskedDiff, parseDiff } from './diff-text.ts';

const CANARY = 'canary-of-a-secret';

it('has the new values of a config, and no old one', () => {
  expect(maskedDiff(theme, '{"color":"red","size":1}', '{"color":"blue"}')).toEqual([
    { op: 'remove', path: '/size' },
    { op: 'replace', path: '/color', value: 'blue' },
  ]);
  expect(maskedDiff(theme, undefined, '{"color":"red"}')).toEqual([{ op: 'add', path: '', value: { color: 'red' } }]);
  expect(maskedDiff(theme, '{"color":"red"}', undefined)).toEqual([{ op: 'remove', path: '' }]);
  expect(maskedDiff(theme, '{"color', '{"color":"red"}')).toEqual([
    { op: 'replace', path: '', value: { color: 'red' } },
  ]);
});

// B22
it('has neither the old nor the new value of a secret, or of a config that is not known, at any depth', () => {
  const json = (key: string) => JSON.stringify({ url: 'x', key, deep: [{ list: [key, 7, true, null] }] });
  for (const definition of [apiKey, undefined]) {
    for (const [before, after] of [
      [undefined, json(CANARY)],
      [json(`${CANARY}-old`), json(`${CANARY}-new`)],
      [json(CANARY), undefined],
    ]) {
      const text = diffText(maskedDiff(definition, before, after));
      expect(text).not.toContain(CANARY);
    }
    expect(maskedDiff(definition, json('a'), json('b'))).toEqual([
      { op: 'replace', path: '/key', value: MASK },
      { op: 'replace', path: '/deep/0/list/0', value: MASK },
    ]);
  }
});

it('is bounded in bytes: steps that do not fit are counted', () => {
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key-${i}`, 'ü'.repeat(20)]));
  const operations = maskedDiff(theme, '{}', JSON.stringify(wide));
  const text = diffText(operations);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_DIFF_BYTES);
  const parsed = parseDiff(text);
  expect(parsed.operations.length + parsed.truncated).toBe(5_000);
  expect(parsed.operations).toEqual(operations.slice(0, parsed.operations.length));
  expect(parsed.truncated).toBeGreaterThan(1_000);

  const large = diffText(maskedDiff(theme, undefined, JSON.stringify('x'.repeat(MOST_DIFF_BYTES))));
  expect(large).toBe('[{"truncated":1}]');
  expect(parseDiff(large)).toEqual({ operations: [], truncated: 1 });
  expect(parseDiff(diffText([]))).toEqual({ operations: [], truncated: 0 });
});
