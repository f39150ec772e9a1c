import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, sameJson } from '../json/json-tree.ts';
import { fromPlain } from '../json/plain.ts';
import { printJson } from '../json/print-json.ts';
import { readJson } from '../json/read-json.ts';
import { fieldDiff } from './field-diff.ts';
import { settle, threeWayMerge } from './three-way-merge.ts';

const tree = (text: string): Json | undefined => (text === '' ? undefined : readJson(text).tree);
const text = (json: Json | undefined): string => (json === undefined ? '' : printJson(json, 0));

describe('a merge by field', () => {
  it.each<[what: string, base: string, mine: string, theirs: string, merged: string]>([
    ['two fields', '{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":1,"b":2}', '{"a":2,"b":2}'],
    ['fields at depth', '{"o":{"a":1}}', '{"o":{"a":2}}', '{"o":{"a":1,"b":3}}', '{"o":{"a":2,"b":3}}'],
    ['a field that went', '{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":1}', '{"a":2}'],
    ['a field that I took away', '{"a":1,"b":1}', '{"b":1}', '{"a":1,"b":2}', '{"b":2}'],
    ['the same change', '{"a":1}', '{"a":2}', '{"a":2}', '{"a":2}'],
    ['both began', '', '{"a":1}', '{"b":2}', '{"a":1,"b":2}'],
    ['null, which is a value', '{"a":1}', '{"a":null}', '{"a":1,"b":2}', '{"a":null,"b":2}'],
    [
      'digits that JavaScript loses',
      '{"a":1,"b":1}',
      '{"a":9007199254740993,"b":1}',
      '{"a":1,"b":1.10}',
      '{"a":9007199254740993,"b":1.10}',
    ],
  ])('asks nothing: %s', (_, base, mine, theirs, merged) => {
    const found = threeWayMerge(tree(base), tree(mine), tree(theirs));
    expect(found.collisions).toEqual([]);
    expect(text(found.merged)).toBe(merged);
  });

  it.each<[what: string, base: string, mine: string, theirs: string, path: string, kept: string, taken: string]>([
    ['one field', '{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":3,"b":2}', '/a', '{"a":2,"b":2}', '{"a":3,"b":2}'],
    ['a list', '[1]', '[1,2]', '[1,3]', '', '[1,2]', '[1,3]'],
    ['a field that went', '{"a":1}', '{"a":2}', '{}', '/a', '{"a":2}', '{}'],
    ['a field that I took away', '{"a":1}', '{}', '{"a":2}', '/a', '{}', '{"a":2}'],
    ['all of it', '{"a":1}', '{"a":2}', '', '', '{"a":2}', ''],
  ])('asks for %s only', (_, base, mine, theirs, path, kept, taken) => {
    const found = threeWayMerge(tree(base), tree(mine), tree(theirs));
    expect(found.collisions.map(collision => collision.path)).toEqual([path]);
    expect(text(settle(found, new Map([[path, 'mine']])))).toBe(kept);
    expect(text(settle(found, new Map([[path, 'theirs']])))).toBe(taken);
  });

  const values = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(fc.integer({ min: 0, max: 2 }), fc.dictionary(fc.constantFrom('x', 'y'), fc.integer({ min: 0, max: 2 }))),
  );

  it('has each change of either, and asks exactly where both changed the same and not to the same', () => {
    fc.assert(
      fc.property(values, values, values, (base, mine, theirs) => {
        const trees = [base, mine, theirs].map(fromPlain) as [Json, Json, Json];
        const found = threeWayMerge(...trees);
        if (found.collisions.length > 0) {
          const theirsAll = new Map(found.collisions.map(({ path }) => [path, 'theirs'] as const));
          const back = threeWayMerge(trees[0], trees[2], trees[1]);
          expect(sameJson(settle(found, theirsAll), back.merged)).toBe(true);
          return;
        }
        expect(sameJson(found.merged, threeWayMerge(trees[0], trees[2], trees[1]).merged)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is mine where they changed nothing, and theirs where I changed nothing', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const [base, changed] = [one, other].map(fromPlain) as [Json, Json];
        expect(sameJson(threeWayMerge(base, changed, base).merged, changed)).toBe(true);
        expect(sameJson(threeWayMerge(base, base, changed).merged, changed)).toBe(true);
      }),
    );
  });
});

it('a diff names each field that differs, once', () => {
  const changes = fieldDiff(tree('{"a":1,"b":{"c":1,"d":2},"e":[1]}'), tree('{"b":{"c":1,"d":3},"e":[2],"f":null}'));
  expect(changes.map(({ path, before, after }) => `${path} ${text(before)}→${text(after)}`)).toEqual([
    '/a 1→',
    '/b/d 2→3',
    '/e [1]→[2]',
    '/f →null',
  ]);
});
