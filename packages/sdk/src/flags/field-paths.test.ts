import { expect, it } from 'vitest';
import { fieldPaths } from './field-paths.ts';

it.each([
  [5, []],
  [null, []],
  [[{ a: 1 }], []],
  [new Date(0), []],
  [{ a: null, b: [{ c: 1 }], d: undefined, 'e.f': 1 }, ['a', 'b']],
  [{ a: { b: { c: { d: { e: 1 } } } } }, ['a', 'a.b', 'a.b.c', 'a.b.c.d']],
])('of %o they are %o', (value, keys) => {
  expect(fieldPaths(value).map(path => path.join('.'))).toEqual(keys);
});
