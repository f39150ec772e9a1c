import { expect, it } from 'vitest';
import { folderWith } from '../folder/folder.fixture.ts';
import { actionsOf, limits, load, store, system, useSystem } from '../loader.fixture.ts';

useSystem();

it('a scope that is being written holds up nobody who writes another one', async () => {
  const connection = system.orm.em.getConnection('write') as unknown as {
    commit(...args: unknown[]): Promise<void>;
    execute(sql: string, params: unknown[], method: 'all', transaction: unknown): Promise<unknown[]>;
  };
  const { commit } = connection;
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // That of the scope, and no other one: a transaction sees only rows of its own that nobody has published.
  const ITS_ROWS = "select 1 from tenantry_outbox where tenant = 'm'";
  connection.commit = async (...args) => {
    if ((await connection.execute(ITS_ROWS, [], 'all', args[0])).length === 0) return commit.apply(connection, args);
    connection.commit = commit;
    asked.resolve();
    await held.promise;
    return commit.apply(connection, args);
  };
  const importing = load(await folderWith({ 'tenants/m/limits.yaml': 'max: 6\n' }));
  await asked.promise;
  try {
    for (const id of ['a', 'l', 'n', 'z'])
      expect(await store.tenant(id).set(limits, { max: 7 })).toMatchObject({ version: 1 });
  } finally {
    held.resolve();
  }
  expect(actionsOf(await importing)).toMatchObject({ 'tenants/m limits': 'create' });
});
