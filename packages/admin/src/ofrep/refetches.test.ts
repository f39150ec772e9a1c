import { expect, it } from 'vitest';
import { refetches } from './refetches.ts';

const isFlag = (config: string) => config === 'text';
const REFETCH = 'data: {"type":"refetchEvaluation"}\n';

it('asks once the stream is there, and then for each change of a flag or of the groups', () => {
  const textOf = refetches(isFlag, false);
  expect(textOf('ready', {}, 'a')).toBe(`${REFETCH}id: a\n\n`);
  expect(textOf('change', { kind: 'set', config: 'text' }, 'b')).toBe(`${REFETCH}id: b\n\n`);
  expect(textOf('change', { kind: 'inherited', config: 'text' }, undefined)).toBe(`${REFETCH}\n`);
  expect(textOf('change', { kind: 'groups' }, undefined)).toBe(`${REFETCH}\n`);
  expect(textOf('resync', {}, undefined)).toBe(`${REFETCH}\n`);
  expect(textOf('rights', {}, undefined)).toBe(`${REFETCH}\n`);
});

it('says nothing of other records and of its end', () => {
  const textOf = refetches(isFlag, false);
  expect(textOf('change', { kind: 'set', config: 'secret' }, 'b')).toBeUndefined();
  expect(textOf('change', { kind: 'record', record: 'plan:1' }, 'b')).toBeUndefined();
  expect(textOf('end', {}, undefined)).toBeUndefined();
});

it('does not ask whoever goes on from an id, until another feed has begun', () => {
  const textOf = refetches(isFlag, true);
  expect(textOf('ready', {}, 'a')).toBe('data: {"type":"ready"}\nid: a\n\n');
  expect(textOf('ready', {}, 'b')).toBe(`${REFETCH}id: b\n\n`);
});
