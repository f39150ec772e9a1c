import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { afterEach, expect } from 'vitest';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../../system.fixture.ts';

/** The system of the test that runs. */
export let system: TestSystem;

/** Once in each file: every test's system is closed after it. */
export function closeAfterEach(): void {
  afterEach(() => system?.[Symbol.asyncDispose]());
}

export async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options });
}

/** Created and replicated, out of every entity manager's memory. */
export async function given(...rows: { tenantId: string; slug?: string; name?: string }[]): Promise<number[]> {
  const em = system.em();
  const created = rows.map(row => em.create(Plan, row));
  await em.flush();
  return created.map(plan => plan.id);
}

export async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

/** How many changes each message of the tenant's feed has. */
export const lengths = async (tenant: string) => (await system.feed(tenant)).map(message => message.changes.length);

/** An entity with a unique column that is no sync key. */
export const Coded = defineEntity({
  name: 'Coded',
  properties: {
    id: p.integer().primary().autoincrement(),
    tenantId: p.string(),
    slug: p.string().nullable(),
    code: p.string().unique().nullable(),
  },
});
export type Coded = InferEntity<typeof Coded>;
export const coded = defineSync<Coded>()({
  name: 'coded',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'] },
});
