import { afterEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem } from '../../system.fixture.ts';
import type { AuditOptions } from './audit-options.ts';
import type { AuditFinding, AuditSummary } from './audit-summary.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({
    sync: [
      [Plan, plans],
      [Limit, limits],
    ],
    ...options,
  });
}

/** Four plans and two limits of two tenants: p1 to p3 and a limit are acme's. */
async function seed(): Promise<void> {
  const em = system.em();
  for (const [id, tenantId] of [
    [1, 'acme'],
    [2, 'acme'],
    [3, 'acme'],
    [4, 'zeta'],
  ] as const)
    em.create(Plan, { id, tenantId, slug: `p${id}`, name: `plan ${id}` });
  em.create(Limit, { id: 1, tenantId: 'acme', amount: 1 });
  em.create(Limit, { id: 2, tenantId: 'zeta', amount: 2 });
  await em.flush();
  await system.drain();
}

async function audited(options: AuditOptions = {}): Promise<{ found: string[]; summary: AuditSummary }> {
  const found: string[] = [];
  const onFinding = ({ kind, tenant, owner, address = '' }: AuditFinding) =>
    found.push(`${kind} ${String(tenant)} ${owner} ${address}`.trim());
  const summary = await system.replication.audit({ graceMs: 300, onFinding, ...options });
  // Other tests share this Redis: while its table of names grows or shrinks, SCAN may give one twice, and what is wrong there is told twice.
  return { found: [...new Set(found)].sort(), summary };
}

describe('what is under way is no finding', () => {
  it('a change that waits in the outbox', async () => {
    await open({ tenantry: { publish: 'relay' } });
    await seed();
    const em = system.em();
    const [plan] = await em.find(Plan, { id: 1 });
    if (plan) plan.name = 'later';
    await em.flush();
    expect(await audited()).toMatchObject({ found: [], summary: { waiting: 1, left: 0 } });
    await system.drain();
    expect(await audited()).toMatchObject({ found: [], summary: { waiting: 0 } });
  });
});

it('goes on where it was stopped', async () => {
  await open();
  await seed();
  await system.sql('delete from plan where id = 2');
  await system.sql("update plan set name = 'other' where id = 3");
  const found: string[] = [];
  let after: string | undefined;
  let steps = 0;
  do {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const step = await audited({ batchSize: 1, after, onProgress, signal: controller.signal });
    found.push(...step.found);
    expect(step.summary.complete).toBe(step.summary.after === undefined);
    after = step.summary.after;
    steps++;
  } while (after !== undefined);
  expect(steps).toBeGreaterThan(6);
  expect([...new Set(found)].sort()).toEqual(['orphan acme plans:2', 'stale acme plans:3 plans:id:3']);
  await expect(system.replication.audit({ after: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
  await expect(system.replication.audit({ batchSize: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  const raising = { repair: true, raiseAhead: true } as AuditOptions;
  await expect(system.replication.audit(raising)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
