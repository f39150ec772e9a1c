import { expect, it } from 'vitest';
import { valueAt } from './value-at.ts';

it.each<[pointer: string, part: unknown]>([
  ['', { a: [1, { 'b/c~': null }] }],
  ['/a/0', 1],
  ['/a/1/b~1c~0', null],
  ['/a/2', undefined],
  ['/a/0/x', undefined],
  ['/toString', undefined],
])('the part at %j', (pointer, part) => {
  expect(valueAt({ a: [1, { 'b/c~': null }] }, pointer)).toEqual(part);
});
