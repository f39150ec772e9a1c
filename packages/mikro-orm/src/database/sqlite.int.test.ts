import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem, withoutVersions } from '../system.fixture.ts';

// One writer at a time and no row locks: the same promises in another dialect.
let system: TestSystem;
beforeEach(async () => {
  system = await openSystem({ sync: [[Plan, plans]], sqlite: true });
});
afterEach(() => system?.[Symbol.asyncDispose]());

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

it('on SQLite a flush is replicated: created, moved, handed over, deleted', async () => {
  const em = system.em();
  const one = em.create(Plan, { tenantId: 'acme', slug: 'a' });
  const two = em.create(Plan, { tenantId: 'acme', slug: 'b' });
  await em.flush();
  await expectConverged();
  [one.slug, two.slug] = [null, 'a'];
  await em.flush();
  await expectConverged();
  one.tenantId = 'zeta';
  await em.flush();
  await expectConverged();
  em.remove(two);
  await em.flush();
  await expectConverged();
  expect(Object.keys(await system.redisKeys())).toEqual(['zeta/plans:id:1']);
  await system.replication.settled();
  expect(await system.outbox()).toEqual([]);
});

// R3, J14
it('on SQLite a savepoint that was rolled back takes its rows along, one that was kept does not', async () => {
  await system.em().transactional(async outer => {
    outer.create(Plan, { tenantId: 'acme', slug: 'outer' });
    await outer.flush();
    await outer
      .transactional(async inner => {
        inner.create(Plan, { tenantId: 'acme', slug: 'undone' });
        await inner.flush();
        throw new Error('inner');
      })
      .catch(() => undefined);
    await outer.transactional(async inner => void inner.create(Plan, { tenantId: 'acme', slug: 'kept' }));
  });
  await expectConverged();
  expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([2]);
});

it('on SQLite the relay and a backfill publish what is there', async () => {
  await system.em().insertMany(Plan, [{ tenantId: 'acme', slug: 'unseen', name: '' }]);
  expect(await system.replication.backfill(Plan)).toMatchObject({ rows: 1, applied: 1 });
  await expectConverged();
  await system.sql(
    `insert into tenantry_outbox (transaction_id, source, record_id, tenant, op, attempts, available_at, created_at)
     values ('x', 'plans', '1', 'acme', 'update', 0, 0, 0)`,
  );
  await system.sql("update plan set name = 'seen'");
  expect(await system.replication.relay()).toEqual({ published: 1, more: false });
  await expectConverged();
});

// R15
it('on SQLite a row that cannot be published is dead, and can be retried', async () => {
  const em = system.em();
  em.create(Plan, { tenantId: null, slug: 'nobody' });
  await em.flush();
  for (let i = 0; i < 4; i++) {
    await system.sql('update tenantry_outbox set available_at = 0 where available_at is not null');
    await system.replication.relay();
  }
  expect(await system.replication.deadRows()).toMatchObject([
    { attempts: 5, error: expect.stringContaining('TENANT_MISSING') },
  ]);
  await system.sql("update plan set tenant_id = 'acme'");
  expect(await system.replication.retryDeadRows()).toBe(1);
  await system.drain();
  await expectConverged();
});

it('on SQLite a row with a key of two columns is replicated, alone and together with others', async () => {
  const Slot = defineEntity({
    name: 'Slot',
    properties: { tenantId: p.string().primary(), no: p.integer().primary(), name: p.string() },
  });
  const slots = defineSync<InferEntity<typeof Slot>>()({ name: 'slots', tenant: 'tenantId', keys: { no: ['no'] } });
  await using other = await openSystem({ sync: [[Slot, slots]], sqlite: true });
  const em = other.em();
  const all = [1, 2, 3].map(no => em.create(Slot, { tenantId: 'acme', no, name: 'a' }));
  await em.flush();
  for (const slot of all.slice(1)) slot.name = 'b';
  await em.flush();
  (all[0] as { name: string }).name = 'c';
  await em.flush();
  expect(other.reportsOf('deferred')).toEqual([]);
  expect(await withoutVersions(other)).toEqual(await other.expectedKeys());
});
