import { EntitySchema } from '@mikro-orm/core';
import type { Limit, Plan } from './definitions.ts';

// Named for the writers that use SQL, under every naming strategy.
const tenantId = { type: 'string', length: 128, fieldName: 'tenant_id' } as const;
const stamp = { type: 'string', length: 64 } as const;

export const PlanSchema: EntitySchema<Plan> = new EntitySchema<Plan>({
  name: 'Plan',
  tableName: 'plan',
  properties: {
    id: { type: 'integer', primary: true, autoincrement: false },
    tenantId,
    slug: { type: 'string', length: 64, nullable: true },
    n: { type: 'integer' },
    stamp,
    notes: { type: 'text' },
  },
  uniques: [{ properties: ['tenantId', 'slug'] }],
});

export const LimitSchema: EntitySchema<Limit> = new EntitySchema<Limit>({
  name: 'Limit',
  tableName: 'limits',
  properties: { id: { type: 'integer', primary: true, autoincrement: false }, tenantId, n: { type: 'integer' }, stamp },
});

/** One line for each change, written in its transaction: what is not in here was never committed. */
export interface LedgerRow {
  id: number;
  stamp: string;
  record: string;
  n: number;
}

export const LedgerSchema: EntitySchema<LedgerRow> = new EntitySchema<LedgerRow>({
  name: 'Ledger',
  tableName: 'ledger',
  properties: {
    id: { type: 'bigint', primary: true, autoincrement: true },
    stamp: { ...stamp, index: true },
    record: { type: 'string', length: 64 },
    n: { type: 'integer' },
  },
});

/** Where a record's next `n` is drawn, under lock. */
export interface CounterRow {
  record: string;
  n: number;
}

export const CounterSchema: EntitySchema<CounterRow> = new EntitySchema<CounterRow>({
  name: 'Counter',
  tableName: 'counter',
  properties: { record: { type: 'string', length: 64, primary: true }, n: { type: 'integer' } },
});

export const entities = [PlanSchema, LimitSchema, LedgerSchema, CounterSchema];
