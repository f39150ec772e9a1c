import { TenantryError } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { OutboxRow } from '../tables/outbox.ts';
import { fromRow, groupChanges, recordsOf, toRow } from './record-list.ts';
import type { RowChange } from './row-change.ts';

const plans = { name: 'plans', hasTenants: true } as ReplicatedDefinition;
const limits = { name: 'limits', hasTenants: true } as ReplicatedDefinition;

const change = (id: number | string, more: Partial<RowChange> = {}): RowChange => ({
  ...{ definition: plans, recordId: String(id), op: 'create', tenant: 'acme' as never, before: undefined },
  ...more,
});
const many = (count: number, more: Partial<RowChange> = {}) => Array.from({ length: count }, (_, i) => change(i, more));
const sizes = (changes: readonly RowChange[]) => groupChanges(changes).map(group => group.length);

/** As the database has it. */
const stored = (group: readonly RowChange[]): OutboxRow => ({
  ...{ id: 7, attempts: 0, lastError: null, before: null },
  ...toRow(group, 'transaction', 1),
});

describe('changes that one outbox row names together', () => {
  it('are many of one definition, tenant and kind', () => {
    expect(sizes(many(20))).toEqual([20]);
    const kinds = [{ op: 'update' }, { tenant: 'globex' as never }, { definition: limits }] as const;
    expect(sizes([...many(30), ...kinds.flatMap(kind => many(20, kind))])).toEqual([30, 20, 20, 20]);
  });

  it('are not a few, whatever else is changed beside them', () => {
    expect(sizes(many(19))).toEqual(Array(19).fill(1));
    expect(sizes([...many(25), change('a', { op: 'delete' })])).toEqual([25, 1]);
  });

  // G5: what was before is said of one record.
  it('are none that left an address, a tenant or a primary key, and none that was given up on', () => {
    const before = { addresses: ['plans:slug:a'] };
    const error = new TenantryError('INVALID_KEY', '');
    expect(sizes([...many(20), ...many(20, { before }), ...many(20, { error })])).toEqual([20, ...Array(40).fill(1)]);
  });

  it('are so many that a column takes their ids', () => {
    expect(sizes(many(2_500))).toEqual([1_000, 1_000, 500]);
    const long = Array.from({ length: 300 }, (_, i) => change(`${i}`.padEnd(640, 'x')));
    for (const group of groupChanges(long)) expect(stored(group).before?.length).toBeLessThan(65_536);
    expect(groupChanges(long).flat()).toEqual(long);
  });

  it('have a name of no definition in the source, so what does not know lists leaves them alone', () => {
    expect(stored(many(20))).toMatchObject({ definition: '@list/plans', recordId: '20' });
    const long = { name: 'x'.repeat(128) } as ReplicatedDefinition;
    expect(sizes(many(20, { definition: long }))).toEqual(Array(20).fill(1));
  });

  it('are refused where a record id is too long for a column', () => {
    const all = [...many(20), change('x'.repeat(641))];
    expect(() => groupChanges(all).map(stored)).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
  });

  it('come back as they were, each with the id of the row', () => {
    for (const group of groupChanges([...many(20), ...many(20, { tenant: undefined }), change('a,b%2C')])) {
      const row = stored(group);
      expect(recordsOf(row)).toBe(group.length);
      expect(fromRow(row, plans)).toEqual(group.map(each => ({ ...each, id: 7 })));
    }
  });
});
