import { expect, it } from 'vitest';
import { importFrom } from './import-from.ts';
import { NO_MAP } from './import-map.ts';

const notesOf = (...contents: unknown[]) =>
  importFrom(
    'growthbook',
    contents.map((content, i) => ({ text: JSON.stringify(content), file: `${i}.json` })),
    NO_MAP,
  ).notes;
const first = { features: [], limit: 1, offset: 0, count: 1, total: 37, hasMore: true, nextOffset: 1 };
const second = { ...first, offset: 1, nextOffset: 2 };
const last = { ...first, limit: 35, offset: 2, count: 35, hasMore: false, nextOffset: null };

it('of pages of a list is said that others are missing', () => {
  const note = {
    name: 'more features',
    message: 'these are not all pages of a list of 37 features: import the others, too',
  };
  expect(notesOf(first)).toEqual([note]);
  expect(notesOf(first, last)).toEqual([note]);
  expect(notesOf(first, second)).toEqual([note]);
  // The page of another list.
  expect(notesOf(first, { ...last, offset: 1, total: 2 })).toEqual([note]);
});

it('all pages of a list, in any order, leave nothing out', () => {
  expect(notesOf(last, first, second)).toEqual([]);
  expect(notesOf({ ...first, hasMore: false, total: 1, nextOffset: null })).toEqual([]);
});
