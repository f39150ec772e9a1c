import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';

// One everyday entity for whatever is not about shapes. No decorators: child processes run it as it is.

export const Plan = defineEntity({
  name: 'Plan',
  properties: {
    id: p.integer().primary().autoincrement(),
    tenantId: p.string().length(128).nullable(),
    slug: p.string().unique().nullable(),
    name: p.string().default(''),
    notes: p.text().lazy().nullable(),
    secret: p.string().hidden().nullable(),
  },
});
export type Plan = InferEntity<typeof Plan>;

export const plans = defineSync<Plan>()({
  name: 'plans',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'] },
});

/** A second table of the same tenants. */
export const Limit = defineEntity({
  name: 'Limit',
  tableName: 'limits',
  properties: {
    id: p.integer().primary().autoincrement(),
    tenantId: p.string(),
    amount: p.integer(),
  },
});
export type Limit = InferEntity<typeof Limit>;

export const limits = defineSync<Limit>()({ name: 'limits', tenant: 'tenantId', keys: { id: ['id'] } });
