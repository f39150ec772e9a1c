import { expect, it } from 'vitest';
import { readJson } from '../json/read-json.ts';
import { textMarks } from './diagnostics.ts';

it('marks an issue at its value, or at the nearest around it that is there', () => {
  const text = '{"a":{"b":1}}';
  const at = (path: string) =>
    textMarks(text, undefined, [{ path, message: 'x' }]).map(({ from, to }) => text.slice(from, to))[0];
  expect([at('/a/b'), at('/a/missing/deep'), at('')]).toEqual(['1', '{"b":1}', text]);
});

it('marks where the text cannot be read, within the text', () => {
  const marks = (text: string) => textMarks(text, readJson(text).problem, []);
  expect(marks('{"a":')).toMatchObject([{ from: 4, to: 5 }]);
  expect(marks('')).toMatchObject([{ from: 0, to: 0 }]);
});
