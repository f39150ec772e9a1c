import { groupTenant } from '@tenantry/protocol/internal';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { fresh, store, system, useStore } from '../config-store/store.fixture.ts';
import { onPostgres, waiting } from '../database/held-locks.fixture.ts';
import { scopedConfigs } from '../scopes.fixture.ts';

useStore({ configs: scopedConfigs, publish: 'relay' });

// What is read under locks by SQL that is written by hand meets deadlocks as every other statement does.
it('deletes a group after a deadlock with a transaction that has written more', async ({ skip }) => {
  if (onPostgres) return skip('PostgreSQL ends whichever of the two has waited for a second');
  const { id } = fresh();
  for (const group of ['old', 'other']) await store.scopes.setGroup(group);
  await store.scopes.set(id, ['other']);
  const holder = system.em();
  await holder.begin();
  const hold = (tenant: string) =>
    holder.execute("select id from tenantry_config where tenant = ? and name = '@groups' for update", [tenant]);
  // Of two transactions the database ends the one that has changed fewer rows.
  const rows = Array.from({ length: 500 }, () => "('acme', '')").join();
  await holder.execute(`insert into plan (tenant_id, name) values ${rows}`);
  await hold(id);
  const deleting = store.scopes.deleteGroup('old');
  await eventually(async () => expect(await waiting(system.orm)).toEqual([expect.stringContaining("escape '!'")]));
  await hold(groupTenant('old'));
  await holder.commit();
  expect(await deleting).toMatchObject({ persisted: true });
});
