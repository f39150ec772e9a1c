import { expect, it } from 'vitest';
import { layeredConfigs } from './layered-configs.ts';
import { naiveValue } from './naive-merge.ts';
import type { LayeredName } from './scopes-state.ts';

it('has the defaults that the configs have', () => {
  for (const [name, { default: value }] of Object.entries(layeredConfigs))
    expect(naiveValue(name as LayeredName, [undefined])).toEqual(value);
});

it('paints the nearest over what is behind it: objects by key, items by their id, everything else as a whole', () => {
  const near = { marks: { near: '1' }, fields: { a: { x: 1 }, b: null, c: [] }, items: [{ id: 'i1', n: 1 }] };
  const between = { fields: { a: null } };
  const far = { marks: { far: '2' }, fields: { a: { y: 2 }, b: { y: 2 }, c: [2], d: 2 }, items: [{ id: 'i1', f: 2 }] };
  expect(naiveValue('merged', [near, undefined, between, far])).toEqual({
    marks: { default: 'default', far: '2', near: '1' },
    fields: { a: { x: 1 }, b: null, c: [], d: 2, e: null },
    items: [{ id: 'i0' }, { id: 'i1', f: 2, n: 1 }],
  });
});

it('takes the nearest as a whole where that is the rule', () => {
  expect(naiveValue('replaced', [undefined, { marks: { near: '1' } }, { marks: { far: '2' } }])).toEqual({
    marks: { near: '1' },
  });
});
