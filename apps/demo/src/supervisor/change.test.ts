import { describe, expect, it } from 'vitest';
import { refName } from '../definitions/catalogue.ts';
import { affectedRefs, plannedRefs } from './change.ts';
import type { DatabaseState } from './read-database.ts';

const state = (...plans: { id: number; tenantId: string; slug: string | null }[]): DatabaseState => ({
  waiting: 0,
  settings: [],
  scopes: { layers: [], groups: [] },
  rows: plans.map(values => ({ source: 'plan-settings', id: values.id, values })),
});

describe('a change', () => {
  it('is foreseen under every key that the row will have, so that readers watch before it happens', () => {
    const update = { op: 'update', source: 'plan-settings', id: 1, values: { slug: 'gold' } } as const;
    const planned = plannedRefs([update], state({ id: 1, tenantId: 'acme', slug: 'free' }));
    expect(planned.map(refName)).toEqual([
      'plan-settings:id:1 acme',
      'plan-settings:slug:gold acme',
      'plan-settings:idAndSlug:1:gold acme',
    ]);
  });

  it('cannot be foreseen under the id of a row that is not there yet', () => {
    const create = { op: 'create', source: 'plan-settings', values: { tenantId: 'acme', slug: 'gold' } } as const;
    expect(plannedRefs([create], state()).map(refName)).toEqual(['plan-settings:slug:gold acme']);
  });

  it('of a tenant takes the row away under the keys of one and puts it under those of the other', () => {
    const effects = affectedRefs(
      state({ id: 1, tenantId: 'acme', slug: null }),
      state({ id: 1, tenantId: 'globex', slug: null }),
    );
    expect(effects.map(({ name, effect }) => `${effect} ${name}`)).toEqual([
      'gone plan-settings:id:1 acme',
      'new plan-settings:id:1 globex',
    ]);
  });
});
