import { describe, expect, it } from 'vitest';
import { NumberText, type Path, valueAt } from '../json/json-tree.ts';
import { printJson } from '../json/print-json.ts';
import {
  chooseBranch,
  type Draft,
  openDraft,
  removeItem,
  resetField,
  setField,
  setNull,
  typeText,
  unsetField,
} from './draft.ts';
import { continueWith, hasArrived, isChanged, mergeWith, startEditing } from './editing.ts';
import type { FieldModel, UnionShape } from './field-model.ts';
import { issuesAt, keptIssues } from './hints.ts';
import { Inheritance } from './inheritance.ts';
import { readSchema } from './read-schema.ts';
import { startingValue } from './starting-value.ts';

const flat = ({ tree }: Draft): string => (tree === undefined ? '' : printJson(tree, 0));

// B21
describe('a union of 80 branches', () => {
  const branches = Array.from({ length: 80 }, (_, i) => ({
    type: 'object',
    properties: { kind: { const: `b${i}` }, text: { type: 'string', default: 'preset' } },
    required: ['kind', 'text'],
  }));
  const union = readSchema({ oneOf: branches }) as FieldModel & UnionShape;
  const to = (draft: Draft, at: number, path: Path = []) =>
    chooseBranch(draft, path, union, union.branches[at] as UnionShape['branches'][number]);

  it('gives back what was typed in each branch', () => {
    let draft = to(openDraft(undefined), 0);
    for (let at = 0; at < 80; at++) draft = setField(to(draft, at), ['text'], `typed ${at}`);
    for (let at = 79; at >= 0; at--) {
      draft = to(draft, at);
      expect(flat(draft)).toBe(`{"kind":"b${at}","text":"typed ${at}"}`);
    }
  });

  it('keeps the branches of two places apart', () => {
    let draft = openDraft('{"one":{"kind":"b0","text":"a"},"two":{"kind":"b0","text":"b"}}');
    draft = to(to(to(draft, 1, ['one']), 1, ['two']), 0, ['one']);
    expect(flat(draft)).toBe('{"one":{"kind":"b0","text":"a"},"two":{"kind":"b1"}}');
  });

  it('writes no default that nobody set', () => {
    expect(flat(to(openDraft(undefined), 7))).toBe('{"kind":"b7"}');
  });
});

describe('a draft', () => {
  it('keeps the text as it was typed, until the form changes it', () => {
    const typed = '{ "a": 9007199254740993,\n "b": 1.10 }';
    const draft = typeText(openDraft('{"a":1}'), typed);
    expect(draft.text).toBe(typed);
    expect(setField(draft, ['c'], true).text).toBe('{\n  "a": 9007199254740993,\n  "b": 1.10,\n  "c": true\n}');
  });

  it('shows the last value that could be read while the text cannot', () => {
    const draft = typeText(openDraft('{"a":1}'), '{"a":');
    expect([draft.text, flat(draft)]).toEqual(['{"a":', '{"a":1}']);
  });

  it('gives a field back after it was unset or null', () => {
    const start = () => startingValue({ kind: 'text' });
    const draft = openDraft('{"a":"typed"}');
    expect(flat(unsetField(draft, ['a']))).toBe('{}');
    expect(flat(resetField(unsetField(draft, ['a']), ['a'], start))).toBe('{"a":"typed"}');
    expect(flat(setNull(draft, ['a'], true, start))).toBe('{"a":null}');
    expect(flat(setNull(setNull(draft, ['a'], true, start), ['a'], false, start))).toBe('{"a":"typed"}');
  });

  it('closes up a list', () => {
    expect(flat(removeItem(openDraft('{"l":[1,2,3]}'), ['l'], 1))).toBe('{"l":[1,3]}');
    expect(flat(setField(openDraft('{"l":[1]}'), ['l', 1], new NumberText('2')))).toBe('{"l":[1,2]}');
  });
});

describe('an edit', () => {
  const standing = (version: number, json?: string) => ({ version, json, etag: `"v${version}"` });

  it('has nothing to save where only the layout differs', () => {
    const editing = startEditing(standing(1, '{"a":1,"b":2}'));
    expect(isChanged(editing)).toBe(false);
    const typed = (text: string) => ({ ...editing, draft: typeText(editing.draft, text) });
    expect(isChanged(typed('{"b": 2, "a": 1}'))).toBe(false);
    expect(isChanged(typed('{"a":1.0,"b":2}'))).toBe(true);
    expect(isChanged(typed('{"a":1'))).toBe(true);
  });

  it('is told by what was read of the texts, which are not read again at each key: some MB take their time', () => {
    const editing = startEditing(standing(1, '{"a":1}'));
    const read = typeText(editing.draft, '{ "a": 1 }');
    // Nobody can read these.
    const unread = { ...editing, base: '{"a"', draft: { ...read, text: '{' } };
    expect(isChanged(unread)).toBe(false);
    expect(isChanged({ ...unread, baseTree: typeText(read, '{"a":2}').tree })).toBe(true);
  });

  it('takes in what arrived, and goes on from there', () => {
    const editing = { ...startEditing(standing(12, '{"a":1,"b":1}')) };
    const mine = { ...editing, draft: setField(editing.draft, ['a'], new NumberText('2')) };
    const newer = standing(13, '{"a":1,"b":5}');
    expect(hasArrived(mine, newer)).toBe(true);
    const next = continueWith(mine, newer, mergeWith(mine, newer), new Map());
    expect([flat(next.draft), next.baseVersion, next.etag]).toEqual(['{"a":2,"b":5}', 13, '"v13"']);
    expect(isChanged(next)).toBe(true);
  });
});

describe('what is inherited', () => {
  const layers = [
    { scope: 'tenants/acme', json: '{"a":1}' },
    { scope: 'groups/eu', json: '{"o":{"x":1},"n":null}' },
    { scope: 'global', json: '{"o":{"x":2,"y":2},"n":{"z":1},"b":3}' },
    { scope: 'default', json: '{"d":4}' },
  ];
  const at = (inherit: string, path: Path, isSet = true) => {
    const found = new Inheritance('tenants/acme', inherit, layers).at(path, isSet);
    return found && `${printJson(found.value, 0)} ${found.from}`;
  };

  it('comes from the nearest scope above that says something of the field', () => {
    expect([['o', 'x'], ['o', 'y'], ['b'], ['d'], ['a'], ['n', 'z']].map(path => at('merge', path))).toEqual([
      '1 groups/eu',
      '2 global',
      '3 global',
      '4 default',
      undefined,
      // Null is a value: it hides what is above.
      undefined,
    ]);
  });

  it('is nothing where values are not merged and the scope has its own', () => {
    expect(at('replace', ['o', 'x'], false)).toBe('1 groups/eu');
    expect(at('replace', ['o', 'x'])).toBeUndefined();
  });
});

it('hints name what the server would refuse, with its path', () => {
  const tree = openDraft('{"a":[1,1.10],"b":1e400,"__proto__":1,"c":5}').tree ?? null;
  const issues = keptIssues(tree);
  expect(issues.map(({ path }) => path)).toEqual(['/a/1', '/b', '/__proto__']);
  expect(issuesAt(issues, ['a'], true)).toHaveLength(1);
  expect(valueAt(tree, ['c'])).toEqual(new NumberText('5'));
});
