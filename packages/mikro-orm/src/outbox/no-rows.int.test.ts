import { expect, it } from 'vitest';
import { dialectOf } from '../database/dialect.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem } from '../system.fixture.ts';
import { insertOutboxRows } from '../tables/outbox.ts';
import { deleteOutboxRows } from './acknowledger.ts';

// A step of a resync whose rows are all published by somebody else has none to delete: SQL has no empty list.
it.each([false, true])('no rows are inserted and deleted by no statement (SQLite: %s)', async sqlite => {
  await using system = await openSystem({ sync: [[Plan, plans]], sqlite, tenantry: { publish: 'relay' } });
  const em = system.em();
  em.create(Plan, { tenantId: 'acme' });
  await em.flush();
  await deleteOutboxRows(system.orm, dialectOf(system.orm), []);
  expect(await insertOutboxRows(system.em(), undefined, [])).toEqual([]);
  expect(await system.outbox()).toHaveLength(1);
});
