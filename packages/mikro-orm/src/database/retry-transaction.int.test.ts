import { DeadlockException, type EntityManager } from '@mikro-orm/core';
import { testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem } from '../system.fixture.ts';
import { dialectOf } from './dialect.ts';
import { retryTransaction } from './retry-transaction.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');

const insert = (em: EntityManager) =>
  em
    .getConnection('write')
    .execute("insert into plan (tenant_id, name) values ('acme', '')", [], 'run', em.getTransactionContext() as never);

// G8: a caller that was told TIMEOUT may write again; what it gave up on must not come after that.
it.each([false, true])(
  'commits nothing once its budget is over, though every statement came through (SQLite: %s)',
  async sqlite => {
    await using system = await openSystem({ sync: [[Plan, plans]], sqlite });
    const over = new AbortController();
    const work = async (em: EntityManager) => {
      await insert(em);
      over.abort(new Error('over'));
    };
    const dialect = dialectOf(system.orm);
    await expect(retryTransaction(system.orm, dialect, work, over.signal)).rejects.toThrow('over');
    expect(await system.sql('select id from plan')).toEqual([]);
    // Nor is it tried once more.
    let attempts = 0;
    const again = async () => void attempts++;
    await expect(retryTransaction(system.orm, dialect, again, over.signal)).rejects.toThrow('over');
    expect(attempts).toBe(0);
  },
);

// Twenty writers who want the last place of a tenant may deadlock five times in a row on MariaDB.
it('comes through seven deadlocks in a row, and leaves nothing of them', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], sqlite: true });
  let attempts = 0;
  const work = async (em: EntityManager) => {
    await insert(em);
    if (++attempts < 8) throw new DeadlockException(new Error('Deadlock found'));
  };
  await retryTransaction(system.orm, dialectOf(system.orm), work);
  expect(await system.sql('select name from plan')).toHaveLength(1);
});

// Its error is the database's own where a statement goes to the connection itself, as those of a relay's claim do.
it('comes through a deadlock of the database', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]] });
  const setup = system.em();
  for (let id = 1; id <= 20; id++) setup.create(Plan, { tenantId: 'acme', slug: `p${id}` });
  await setup.flush();
  const update = (em: EntityManager, where: string) =>
    em
      .getConnection('write')
      .execute(`update plan set name = 'x' where ${where}`, [], 'run', em.getTransactionContext());
  let attempts = 0;
  const hasFirst = Promise.withResolvers<void>();
  let working: Promise<void> | undefined;
  await system.orm.em.fork().transactional(async other => {
    // Of two, MySQL and MariaDB end the one that has changed less; PostgreSQL the one that first looks for a deadlock.
    if (isPostgres) await other.execute("set local deadlock_timeout = '10min'");
    await update(other, 'id > 1');
    working = retryTransaction(system.orm, dialectOf(system.orm), async em => {
      attempts++;
      await update(em, 'id = 1');
      hasFirst.resolve();
      await update(em, 'id = 2');
    });
    working.catch(() => undefined);
    await hasFirst.promise;
    await update(other, 'id = 1');
  });
  await working;
  expect(attempts).toBeGreaterThan(1);
});
