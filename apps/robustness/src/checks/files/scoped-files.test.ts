import { expect, it } from 'vitest';
import { layeredConfigs } from '../../scopes/layered-configs.ts';
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

it('G7 has nothing to say of a layer that came and went again while a reader that knew it as unset was away', () => {
  const published = {
    kind: 'published',
    tenant: 'acme',
    addresses: [layeredConfigs.merged.address],
    version: 2,
  } as const;
  const own = { scope: 'tenants/acme', config: 'merged' };
  const unset = { ...own, version: 1, value: undefined };
  const came = { ...own, version: 2, value: { marks: { 'tenants/acme': 'file-1' } } };
  const layers = kept.explained.layers.map(layer => (layer.scope === own.scope ? { ...layer, version: 1 } : layer));
  const seen = saw('sample', { ...kept, explained: { ...kept.explained, layers } }, 9_000);
  expect(findBreaches(scopedRun([published, seen], {}, [unset, came]))).toHaveLength(1);
  const went = { ...own, version: 3, value: undefined };
  expect(findBreaches(scopedRun([published, seen], {}, [unset, came, went]))).toEqual([]);
});
