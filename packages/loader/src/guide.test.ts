import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FILE_PROBLEM_CODES } from './folder/file-problem.ts';

const GUIDE = readFileSync(new URL('../../../docs/guides/configs-from-files.md', import.meta.url), 'utf8');

/** What the first column of a table names, below a line that begins so. */
function namedIn(head: string): string[] {
  const [, ...rows] =
    GUIDE.slice(GUIDE.indexOf(`| ${head} `))
      .split('\n\n')[0]
      ?.split('\n') ?? [];
  return rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

it('the guide lists every code of a problem, and no other', () => {
  expect(namedIn('code').sort()).toEqual([...FILE_PROBLEM_CODES].sort());
});

it('the guide lists every action of an import', () => {
  const actions = ['create', 'update', 'overwrite', 'prune', 'same', 'kept', 'drift', 'refused'];
  expect(namedIn('action')).toEqual(actions);
});
