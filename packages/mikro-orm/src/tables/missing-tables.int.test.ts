import { setImmediate as turn } from 'node:timers/promises';
import { eventually, freshDatabase, testServers } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { databaseSource } from '../configs/database-source.ts';
import { limit } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { aroundStatements } from '../publish/statements.fixture.ts';
import { openOrm, openSystem, type SystemOptions, type TestSystem } from '../system.fixture.ts';

const missing = { code: 'TABLES_MISSING', message: expect.stringContaining('Run your migrations'), retryable: true };
const onPostgres = testServers().databaseUrl.startsWith('postgres');

/** Its database has the application's tables and none of ours. */
async function beforeTheMigration(options: Partial<SystemOptions> = {}): Promise<TestSystem> {
  const database = await freshDatabase();
  const orm = await openOrm(database, { entities: [Plan] });
  await orm.schema.create();
  await orm.close(true);
  return openSystem({ sync: [[Plan, plans]], tenantry: { configs: [limit] }, database, ...options });
}

describe('before the migration ran', () => {
  it('a flush of replicated rows says so, and writes nothing', async () => {
    await using system = await beforeTheMigration();
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'gold' });
    await expect(em.flush()).rejects.toMatchObject(missing);
    expect(await system.sql('select id from plan')).toEqual([]);
    await system.database.close();
  });

  it('the relay, config writes, reads and sources say so', async () => {
    await using system = await beforeTheMigration();
    await expect(system.replication.relay()).rejects.toMatchObject(missing);
    await expect(system.replication.backlog()).rejects.toMatchObject(missing);
    await expect(system.replication.backfill(Plan)).rejects.toMatchObject(missing);
    const acme = configStore(system.orm).tenant('acme');
    await expect(acme.set(limit, 3)).rejects.toMatchObject(missing);
    await expect(acme.list()).rejects.toMatchObject(missing);
    await expect(configStore(system.orm).tenants()).rejects.toMatchObject(missing);
    await expect(databaseSource(system.orm).load('acme', [limit])).rejects.toMatchObject(missing);
    await system.database.close();
  });

  it.skipIf(onPostgres)('a warning in the log names the tables soon after the first connection', async () => {
    const lines: string[] = [];
    const orm = { logger: (line: string) => lines.push(line) };
    await using system = await beforeTheMigration({ orm, tenantry: { capture: 'trigger', configs: [limit] } });
    await system.sql('select 1');
    await eventually(
      () => system.reportsOf('warning').some(({ message }) => /no table tenantry_outbox, .*Run your/.test(message)),
      { timeoutMs: 30_000, message: 'the warning' },
    );
    expect(lines.join('\n')).toMatch(/\[tenantry\] .*no table tenantry_outbox/);
    await system.database.close();
  });
});

it('no warning comes of a schema that is still being made', async () => {
  await using database = await freshDatabase();
  await using system = await openSystem({ sync: [[Plan, plans]], database });
  // A table before each look, ours before the fifth.
  const looks = aroundLooks(system, async look => {
    if (look < 5) await system.sql(`create table other_${look} (id int)`);
    else await system.orm.schema.create();
  });
  await system.sql('select 1');
  await eventually(() => expect(looks.ended).toBe(5));
  expect(system.reportsOf('warning')).toEqual([]);
});

/** Holds each look at our tables until this is done, and counts the looks that have come to the last table. */
function aroundLooks(system: TestSystem, before: (look: number) => Promise<void>): { readonly ended: number } {
  const looks = { begun: 0, ended: 0 };
  aroundStatements(system, async (sql, execute) => {
    if (!sql.startsWith('select 1 as one from')) return execute();
    if (sql.includes('tenantry_outbox')) await before(++looks.begun);
    return execute().finally(() => sql.includes('tenantry_replica') && looks.ended++);
  });
  return looks;
}

// G8: the next query would connect again, and the process would never end.
it('a look of our own that the ORM is closed in the middle of asks nothing more', async () => {
  await using system = await beforeTheMigration();
  const connection = system.orm.em.getConnection('write') as { execute(...args: unknown[]): Promise<unknown> };
  const execute = connection.execute.bind(connection);
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let looks = 0;
  connection.execute = async (...args) => {
    if (!String(args[0]).startsWith('select 1 as one from')) return execute(...args);
    looks++;
    asked.resolve();
    await held.promise;
    return [];
  };
  await system.sql('select 1');
  await asked.promise;
  await system.orm.close();
  held.resolve();
  for (let i = 0; i < 20; i++) await turn();
  expect(looks).toBe(1);
  await system.database.close();
});
