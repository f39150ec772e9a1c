import { createConnection } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem, withoutVersions } from '../../system.fixture.ts';

let system: TestSystem;
beforeEach(async () => {
  system = await openSystem({
    sync: [
      [Plan, plans],
      [Limit, limits],
    ],
    tenantry: { capture: 'trigger' },
  });
});
afterEach(() => system?.[Symbol.asyncDispose]());

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

/** A program that knows nothing of us. */
async function stranger() {
  const client = await createConnection(system.database.url);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const keys = async () => Object.keys(await system.redisKeys());

describe('captured by triggers', () => {
  // G1: MySQL keeps tables open, with the triggers as they last ran, and gives them to another connection: by default from the 17th on.
  it('programs that connect for two writes each are never refused, whoever wrote before them', async () => {
    for (let i = 0; i < 40; i++) {
      await using program = await stranger();
      for (const slug of [`s${i}`, `t${i}`])
        await program.query("insert into plan (slug, tenant_id, name) values (?, 'acme', '')", [slug]);
    }
    expect(await system.outbox()).toHaveLength(80);
    await system.drain();
    await expectConverged();
  });

  // G1: with the triggers, MySQL hands on of what type a variable was: a number, where the ORM announced a transaction.
  it('nor beside an ORM that announces its transactions', async () => {
    const flush = async (writer: number) => {
      for (let i = 0; i < 20; i++) {
        const em = system.em();
        em.create(Plan, { id: 10_000 + 100 * writer + i, tenantId: 'acme', slug: null });
        await em.flush();
      }
    };
    const write = async (writer: number) => {
      for (let i = 0; i < 20; i++) {
        await using program = await stranger();
        const id = 100 * writer + i;
        await program.query("replace into plan (id, tenant_id, name) values (?, 'acme', '')", [id + 1]);
        await using other = await stranger();
        await other.query("update plan set name = 'b' where id = ?", [id + 1]);
      }
    };
    const writers = [1, 2, 3, 4];
    await Promise.all([...writers.map(write), ...writers.map(flush)]);
    await system.drain();
    await expectConverged();
  });

  // R8
  it('a flush is replicated before it returns: created, moved, handed over, deleted', async () => {
    const em = system.em();
    const one = em.create(Plan, { tenantId: 'acme', slug: 'a' });
    const two = em.create(Plan, { tenantId: 'acme', slug: 'b' });
    await em.flush();
    await expectConverged();
    expect(await system.feed('acme')).toHaveLength(1);
    [one.slug, two.slug] = [null, 'a'];
    await em.flush();
    await expectConverged();
    one.tenantId = 'zeta';
    await em.flush();
    await expectConverged();
    em.remove(two);
    await em.flush();
    await expectConverged();
    expect(await keys()).toEqual(['zeta/plans:id:1']);
    await system.replication.settled();
    expect(await system.outbox()).toEqual([]);
  });

  // R8
  it('writes that no hook sees are published at once inside a transaction of the ORM', async () => {
    await system.em().transactional(async em => {
      await em.insertMany(Plan, [
        { tenantId: 'acme', slug: 'a', name: '' },
        { tenantId: 'acme', slug: 'b', name: '' },
        { tenantId: 'zeta', slug: 'c', name: '' },
      ]);
      await em.insert(Limit, { tenantId: 'acme', amount: 1 });
    });
    await expectConverged();
    expect(await keys()).toHaveLength(7);
    // G4
    expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([3]);
    await system.em().transactional(async em => {
      await em.nativeUpdate(Plan, { slug: 'a' }, { tenantId: 'zeta', name: 'moved' });
      await em.nativeDelete(Plan, { slug: 'b' });
    });
    await expectConverged();
    expect(await keys()).toHaveLength(5);
  });

  // R8
  const writes: [string, (system: TestSystem) => Promise<unknown>][] = [
    ['em.nativeUpdate', ({ em }) => em().nativeUpdate(Plan, { id: 1 }, { slug: 'new', tenantId: 'zeta' })],
    ['em.nativeDelete', ({ em }) => em().nativeDelete(Plan, { id: 1 })],
    ['em.insertMany', ({ em }) => em().insertMany(Plan, [{ tenantId: 'acme', slug: 'x', name: '' }])],
    ['em.upsert that inserts', ({ em }) => em().upsert(Plan, { slug: 'x', tenantId: 'acme', name: '' })],
    ['em.upsert that moves', ({ em }) => em().upsert(Plan, { slug: 'a', tenantId: 'zeta', name: '' })],
    [
      'em.upsertMany',
      ({ em }) =>
        em().upsertMany(Plan, [
          { slug: 'a', tenantId: 'zeta', name: '' },
          { slug: 'y', tenantId: 'acme', name: '' },
        ]),
    ],
    [
      'a query builder',
      ({ em }) => em().createQueryBuilder(Plan).update({ tenantId: 'zeta' }).where({ slug: 'a' }).execute(),
    ],
    [
      'Kysely',
      ({ em }) =>
        em()
          .getKysely<{ plan: { slug: string; tenant_id: string } }>()
          .updateTable('plan')
          .set({ tenant_id: 'zeta', slug: 'k' })
          .where('slug', '=', 'a')
          .execute(),
    ],
    ['em.execute', ({ em }) => em().execute("update plan set tenant_id = 'zeta' where slug = 'b'")],
    ['a change of the primary key', ({ sql }) => sql('update plan set id = 77 where id = 1')],
    ['a change of primary key and tenant', ({ sql }) => sql("update plan set id = 77, tenant_id = 'zeta'")],
    ['REPLACE', ({ sql }) => sql("replace into plan (id, tenant_id, slug, name) values (1, 'zeta', 'b', '')")],
    [
      'ON DUPLICATE KEY UPDATE',
      ({ sql }) =>
        sql(
          "insert into plan (id, tenant_id, slug, name) values (1, 'acme', 'a', ''), (9, 'acme', 'z', '') on duplicate key update tenant_id = 'zeta'",
        ),
    ],
    ['INSERT … SELECT', ({ sql }) => sql("insert into plan (tenant_id, name) select tenant_id, 'copy' from plan")],
    [
      'a tenant that differs in case alone',
      ({ sql }) => sql("update plan set tenant_id = 'ACME' where tenant_id = 'acme' and slug = 'a'"),
    ],
  ];
  it.each(writes)('%s outside a transaction is replicated by the relay', async (_, write) => {
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    if (_ !== 'a change of primary key and tenant') em.create(Plan, { tenantId: 'acme', slug: 'b' });
    await em.flush();
    await expectConverged();
    const before = await system.redisKeys();
    await write(system);
    await system.drain();
    await expectConverged();
    expect(await system.redisKeys()).not.toEqual(before);
  });

  it('em.upsert outside a transaction is published at once', async () => {
    await system.em().upsert(Plan, { slug: 'x', tenantId: 'acme', name: '' });
    await expectConverged();
    await system.em().upsert(Plan, { slug: 'x', tenantId: 'zeta', name: '' });
    await expectConverged();
    expect(await keys()).toEqual(['zeta/plans:id:1', 'zeta/plans:slug:x']);
  });

  // R8
  it('what another program writes is replicated, each of its transactions in one step', async () => {
    await using client = await stranger();
    await client.query("insert into plan (tenant_id, slug, name) values ('acme', 'a', ''), ('acme', 'b', '')");
    await system.drain();
    await expectConverged();
    await client.query('start transaction');
    await client.query("update plan set slug = 'c' where slug = 'a'");
    await client.query("insert into limits (tenant_id, amount) values ('acme', 1)");
    await client.query('savepoint here');
    await client.query("insert into plan (tenant_id, slug, name) values ('acme', 'never', '')");
    await client.query('rollback to savepoint here');
    await client.query("update plan set slug = 'a' where slug = 'b'");
    await client.query('commit');
    await system.drain();
    await expectConverged();
    // G4
    expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([2, 3]);
  });

  // R3, G2
  it('what was rolled back is never seen', async () => {
    await using client = await stranger();
    await client.query('start transaction');
    await client.query("insert into plan (tenant_id, slug, name) values ('acme', 'never', '')");
    await client.query('rollback');
    const failing = system.em().transactional(async em => {
      await em.insert(Plan, { tenantId: 'acme', slug: 'never', name: '' });
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    await system.em().transactional(async outer => {
      const undone = outer.transactional(async inner => {
        await inner.insert(Plan, { tenantId: 'acme', slug: 'undone', name: '' });
        throw new Error('inner');
      });
      await undone.catch(() => undefined);
      await outer.insert(Plan, { tenantId: 'acme', slug: 'kept', name: '' });
    });
    // Published at once although the first row of its transaction is gone.
    await expectConverged();
    expect((await keys()).filter(key => key.includes('slug'))).toEqual(['acme/plans:slug:kept']);
    await system.drain();
    await expectConverged();
    expect(await system.feed('acme')).toHaveLength(1);
  });

  // Known limits: no trigger fires.
  it('TRUNCATE is not seen', async () => {
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    await system.sql('truncate plan');
    await system.drain();
    expect(await keys()).toHaveLength(2);
  });
});
