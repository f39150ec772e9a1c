import { expect, it } from 'vitest';
import { findBreaches } from '../all-checkers.ts';
import { kept, saw, scopedRun, value } from '../scopes/scoped-run.fixture.ts';

it('G3 takes what a file sets again after others for no step back', () => {
  const again = { scope: 'groups/eu', config: 'merged', version: 3, value: { marks: { 'groups/eu': 'w-1' } } };
  const after = { ...kept, explained: undefined, value: value({ 'groups/eu': 'w-1', global: 'g-1' }) };
  const seen = [saw('emission', kept), saw('answer', after, 2_000)];
  expect(findBreaches(scopedRun(seen, {}, [again]))).toEqual([]);
  const [breach] = findBreaches(scopedRun([...seen, saw('answer', kept, 3_000)], {}, [again]));
  expect(breach?.sentence).toContain('in version 2, and in version 3 before');
});

it('G4 leaves out what took longer to be saved than files may take to be one change', () => {
  const marks = [
    { 'groups/eu': 'file-2', global: 'g-1' },
    { 'groups/eu': 'w-1', global: 'g-1' },
  ];
  const run = scopedRun([{ kind: 'twins', tenant: 'acme', marks }]);
  expect(findBreaches(run)).toHaveLength(1);
  const files = { said: new Map(), torn: new Set(['file-2']) };
  expect(findBreaches({ ...run, final: { ...run.final, files } })).toEqual([]);
});
