import { defineEntity, type InferEntity, p, TransactionPropagation } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../../plans.fixture.ts';
import { openSystem, ownersIn, type SystemOptions, type TestSystem, withoutVersions } from '../../system.fixture.ts';

const Coded = defineEntity({
  name: 'Coded',
  properties: {
    id: p.integer().primary().autoincrement(),
    tenantId: p.string(),
    slug: p.string().nullable(),
    code: p.string().unique().nullable(),
  },
});
type Coded = InferEntity<typeof Coded>;
const coded = defineSync<Coded>()({
  name: 'coded',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'] },
});

const isPostgres = testServers().databaseUrl.startsWith('postgres');

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options });
}

/** Created and replicated, out of every entity manager's memory. */
async function given(...rows: { tenantId: string; slug?: string; name?: string }[]): Promise<number[]> {
  const em = system.em();
  const created = rows.map(row => em.create(Plan, row));
  await em.flush();
  return created.map(plan => plan.id);
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const lengths = async (tenant: string) => (await system.feed(tenant)).map(message => message.changes.length);

describe('a flush', () => {
  it('replicates what it created, under each sync key, lazy properties included and hidden ones not', async () => {
    await open();
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'gold', name: 'Gold', notes: 'n', secret: 's' });
    await em.flush();
    expect(await ownersIn(system)).toEqual({ 'acme/plans:id:1': 'plans:1', 'acme/plans:slug:gold': 'plans:1' });
    expect(await system.value('acme', 'plans:slug:gold')).toEqual({
      id: 1,
      tenantId: 'acme',
      slug: 'gold',
      name: 'Gold',
      notes: 'n',
    });
    await expectConverged();
  });

  // J13
  it('removes a deleted row from every key', async () => {
    await open();
    const [id] = await given({ tenantId: 'acme', slug: 'gold' });
    const em = system.em();
    em.remove(await em.findOneOrFail(Plan, id as number));
    await em.flush();
    expect(await system.redisKeys()).toEqual({});
  });

  it('removes a row that was deleted by a reference that was never loaded', async () => {
    await open();
    const [id] = await given({ tenantId: 'acme', slug: 'gold' });
    const em = system.em();
    em.remove(em.getReference(Plan, id as number));
    await em.flush();
    expect(await system.redisKeys()).toEqual({});
  });

  // R5
  it.each([
    { tenants: 1, rows: 1_000 },
    { tenants: 50, rows: 1_000 },
    { tenants: 3, rows: 2_500 },
  ])('of $rows rows of $tenants tenants is one message for each tenant', async ({ tenants, rows }) => {
    await open();
    await given(...Array.from({ length: rows }, (_, i) => ({ tenantId: `t${i % tenants}`, slug: `s${i}` })));
    await expectConverged();
    expect(Object.keys(await system.redisKeys())).toHaveLength(2 * rows);
    for (let t = 0; t < tenants; t++) expect(await system.feed(`t${t}`)).toHaveLength(1);
    await system.replication.settled();
    expect(await system.outbox()).toEqual([]);
  });

  it('that changes nothing of a replicated entity writes no outbox row and tells nobody', async () => {
    await open({ entities: [Plan, Limit] });
    const em = system.em();
    em.create(Limit, { tenantId: 'acme', amount: 1 });
    await em.flush();
    expect(await system.outbox()).toEqual([]);
    expect(system.reports).toEqual([]);
  });

  // J14
  it('that fails leaves Redis untouched, and the next one of the same entity manager does not bring it back', async () => {
    await open();
    await given({ tenantId: 'acme', slug: 'gold' });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'silver' });
    em.create(Plan, { tenantId: 'acme', slug: 'gold' });
    await expect(em.flush()).rejects.toThrow();
    expect(Object.keys(await ownersIn(system))).toEqual(['acme/plans:id:1', 'acme/plans:slug:gold']);
    await system.replication.settled();
    expect(await system.outbox()).toEqual([]);
    em.create(Plan, { tenantId: 'acme', slug: 'bronze' });
    await em.flush();
    await expectConverged();
    expect(await lengths('acme')).toEqual([1, 1]);
  });
});

describe('keys that change', () => {
  // J12
  it('are replaced: found under the new, gone under the old', async () => {
    await open();
    const [id] = await given({ tenantId: 'acme', slug: 'gold' });
    const em = system.em();
    (await em.findOneOrFail(Plan, id as number)).slug = 'silver';
    await em.flush();
    expect(Object.keys(await ownersIn(system))).toEqual([`acme/plans:id:${id}`, 'acme/plans:slug:silver']);
  });

  // R1
  it('can be swapped between two rows in one flush', async () => {
    await open({ sync: [[Coded, coded]] });
    const before = system.em();
    for (const slug of ['a', 'b', 'c', 'd', 'e']) before.create(Coded, { tenantId: 'acme', slug });
    await before.flush();
    const em = system.em();
    const rows = await em.find(Coded, {}, { orderBy: { id: 1 } });
    const [one, two, ...more] = rows as unknown as [Coded, Coded, ...Coded[]];
    [one.slug, two.slug] = ['b', 'a'];
    for (const [i, slug] of ['d', 'e', 'c'].entries()) Object.assign(more[i] as Coded, { slug });
    await em.flush();
    expect(await ownersIn(system)).toMatchObject({
      'acme/coded:slug:a': 'coded:2',
      'acme/coded:slug:b': 'coded:1',
      'acme/coded:slug:c': 'coded:5',
      'acme/coded:slug:d': 'coded:3',
      'acme/coded:slug:e': 'coded:4',
    });
    await expectConverged();
    expect(await lengths('acme')).toEqual([5, 5]);
  });

  // R1. A unique column's values cannot be exchanged in one flush, MikroORM sends the last of them in extra updates.
  it('can be handed over between rows of a unique column in one flush', async () => {
    await open();
    await given(...['a', 'b', 'c'].map(slug => ({ tenantId: 'acme', slug })));
    const em = system.em();
    const [one, two, three] = (await em.find(Plan, {}, { orderBy: { id: 1 } })) as [Plan, Plan, Plan];
    [one.slug, two.slug, three.slug] = [null, 'a', 'd'];
    await em.flush();
    expect(await ownersIn(system)).toMatchObject({ 'acme/plans:slug:a': 'plans:2', 'acme/plans:slug:d': 'plans:3' });
    await expectConverged();
    one.slug = 'b';
    await em.flush();
    await expectConverged();
    expect(await lengths('acme')).toEqual([3, 3, 1]);
  });

  // R1
  it('can be swapped through a temporary value in one transaction, which nobody sees', async () => {
    await open();
    await given({ tenantId: 'acme', slug: 'a' }, { tenantId: 'acme', slug: 'b' });
    await system.em().transactional(async em => {
      const [one, two] = (await em.find(Plan, {}, { orderBy: { id: 1 } })) as [Plan, Plan];
      one.slug = 'temporary';
      await em.flush();
      two.slug = 'a';
      await em.flush();
      one.slug = 'b';
    });
    await expectConverged();
    const addresses = (await system.feed('acme')).flatMap(({ changes }) => changes.flatMap(change => change.addresses));
    expect(addresses).not.toContain('plans:slug:temporary');
    expect(await lengths('acme')).toEqual([2, 2]);
  });

  it('that become null leave the row under the others', async () => {
    await open();
    const [id] = await given({ tenantId: 'acme', slug: 'a' });
    const em = system.em();
    (await em.findOneOrFail(Plan, id as number)).slug = null;
    await em.flush();
    expect(Object.keys(await ownersIn(system))).toEqual([`acme/plans:id:${id}`]);
  });
});

describe('a row that moves to another tenant', () => {
  const movedTo = async (tenant: string, id: number) => {
    expect(await ownersIn(system)).toEqual({
      [`${tenant}/plans:id:${id}`]: `plans:${id}`,
      [`${tenant}/plans:slug:gold`]: `plans:${id}`,
    });
    await expectConverged();
  };

  // R2
  it('is gone from every key of the old one: loaded', async () => {
    await open();
    const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
    const em = system.em();
    (await em.findOneOrFail(Plan, id)).tenantId = 'zeta';
    await em.flush();
    await movedTo('zeta', id);
    expect((await system.feed('acme')).at(-1)?.changes).toMatchObject([{ op: 'delete', owner: `plans:${id}` }]);
  });

  // R2, R7
  it('is gone from every key of the old one: by a reference that was never loaded', async () => {
    await open();
    const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
    const em = system.em();
    em.getReference(Plan, id).tenantId = 'zeta';
    await em.flush();
    await movedTo('zeta', id);
  });

  // R2, R7
  it('is gone from every key of the old one: by a partial entity', async () => {
    await open();
    const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
    const em = system.em();
    const plan = await em.findOneOrFail(Plan, id, { fields: ['name'] });
    em.assign(plan, { tenantId: 'zeta' } as never);
    await em.flush();
    await movedTo('zeta', id);
  });

  // R2
  it.each(['implicit', 'explicit'])(
    'is gone from the tenant it really was in, whatever memory remembers (%s transaction)',
    async kind => {
      await open();
      const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
      const stale = system.em();
      const plan = await stale.findOneOrFail(Plan, id);
      const other = system.em();
      (await other.findOneOrFail(Plan, id)).tenantId = 'beta';
      await other.flush();
      plan.tenantId = 'zeta';
      if (kind === 'implicit') await stale.flush();
      else {
        await stale.begin();
        await stale.commit();
      }
      await movedTo('zeta', id);
    },
  );

  it('and back in one transaction stays where it was', async () => {
    await open();
    const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
    await system.em().transactional(async em => {
      const plan = await em.findOneOrFail(Plan, id);
      plan.tenantId = 'zeta';
      await em.flush();
      plan.tenantId = 'acme';
    });
    await movedTo('acme', id);
  });

  it('and is deleted in one transaction is gone from both', async () => {
    await open();
    const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
    await system.em().transactional(async em => {
      const plan = await em.findOneOrFail(Plan, id);
      plan.tenantId = 'zeta';
      await em.flush();
      em.remove(plan);
    });
    expect(await system.redisKeys()).toEqual({});
  });

  // R2
  it('and is deleted through a memory that does not know of it is gone', async () => {
    await open();
    const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
    const stale = system.em();
    const plan = await stale.findOneOrFail(Plan, id);
    const other = system.em();
    (await other.findOneOrFail(Plan, id)).tenantId = 'beta';
    await other.flush();
    stale.remove(plan);
    await stale.flush();
    expect(await system.redisKeys()).toEqual({});
  });

  it('is gone from the old one although Redis forgot everything in between', async () => {
    await open();
    const [id] = (await given({ tenantId: 'acme', slug: 'gold' })) as [number];
    await system.redis.del(system.replication.replica.names.of('acme').records);
    const em = system.em();
    (await em.findOneOrFail(Plan, id)).tenantId = 'zeta';
    await em.flush();
    await movedTo('zeta', id);
  });
});

describe('transactions', () => {
  // R5
  it('of begin and commit replicate exactly what they committed', async () => {
    await open();
    const em = system.em();
    await em.begin();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    expect(await system.redisKeys()).toEqual({});
    em.create(Plan, { tenantId: 'acme', slug: 'b' });
    await em.commit();
    await expectConverged();
    expect(await lengths('acme')).toEqual([2]);
  });

  // R5
  it('of several flushes, an implicit one among them, are one message for each tenant', async () => {
    await open({
      sync: [
        [Plan, plans],
        [Limit, limits],
      ],
    });
    await system.em().transactional(async em => {
      em.create(Plan, { tenantId: 'acme', slug: 'a' });
      await em.flush();
      em.create(Plan, { tenantId: 'zeta', slug: 'b' });
      await em.find(Plan, { slug: 'a' }); // flushes by itself
      em.create(Limit, { tenantId: 'acme', amount: 3 });
    });
    await expectConverged();
    expect(await lengths('acme')).toEqual([2]);
    expect(await lengths('zeta')).toEqual([1]);
  });

  it('see the same entity manager behind the global one', async () => {
    await open({ orm: { allowGlobalContext: true } });
    await system.orm.em.transactional(async () => {
      system.orm.em.create(Plan, { tenantId: 'acme', slug: 'a' });
      await system.orm.em.flush();
      system.orm.em.create(Plan, { tenantId: 'acme', slug: 'b' });
    });
    await expectConverged();
    expect(await lengths('acme')).toEqual([2]);
  });

  // J14
  it('that are rolled back leave Redis and the outbox untouched', async () => {
    await open();
    const [id] = await given({ tenantId: 'acme', slug: 'a', name: 'before' });
    const keys = await system.redisKeys();
    const work = system.em().transactional(async em => {
      (await em.findOneOrFail(Plan, id as number)).name = 'after';
      em.create(Plan, { tenantId: 'acme', slug: 'b' });
      await em.flush();
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    const em = system.em();
    await em.begin();
    em.create(Plan, { tenantId: 'acme', slug: 'c' });
    await em.flush();
    await em.rollback();
    await system.replication.settled();
    expect(await system.outbox()).toEqual([]);
    expect(await system.redisKeys()).toEqual(keys);
    em.create(Plan, { tenantId: 'acme', slug: 'd' });
    await em.flush();
    await expectConverged();
  });

  // R3
  it('replicate only what the outer one wrote when an inner savepoint is rolled back', async () => {
    await open();
    const [id] = await given({ tenantId: 'acme', slug: 'a', name: 'before' });
    await system.em().transactional(async outer => {
      outer.create(Plan, { tenantId: 'acme', slug: 'outer' });
      await outer.flush();
      await outer
        .transactional(async inner => {
          inner.create(Plan, { tenantId: 'acme', slug: 'inner' });
          (await inner.findOneOrFail(Plan, id as number)).tenantId = 'zeta';
          await inner.flush();
          throw new Error('inner');
        })
        .catch(() => undefined);
      outer.create(Plan, { tenantId: 'acme', slug: 'later' });
    });
    await expectConverged();
    expect(Object.keys(await ownersIn(system)).filter(key => key.includes('slug'))).toEqual([
      'acme/plans:slug:a',
      'acme/plans:slug:later',
      'acme/plans:slug:outer',
    ]);
    expect(await lengths('acme')).toEqual([1, 2]);
    expect(await system.feed('zeta')).toEqual([]);
  });

  it('replicate what savepoints wrote that were kept, in the same message', async () => {
    await open();
    await system.em().transactional(async outer => {
      await outer.transactional(async inner => {
        inner.create(Plan, { tenantId: 'acme', slug: 'inner' });
        await inner.transactional(async innermost => {
          innermost.create(Plan, { tenantId: 'acme', slug: 'innermost' });
        });
      });
      outer.create(Plan, { tenantId: 'acme', slug: 'outer' });
    });
    await expectConverged();
    expect(await lengths('acme')).toEqual([3]);
  });

  // R4
  it('of their own stay although the one around them is rolled back', async () => {
    await open();
    const work = system.em().transactional(async outer => {
      outer.create(Plan, { tenantId: 'acme', slug: 'outer' });
      await outer.flush();
      await outer.transactional(async inner => void inner.create(Plan, { tenantId: 'acme', slug: 'inner' }), {
        propagation: TransactionPropagation.REQUIRES_NEW,
      });
      expect(Object.keys(await ownersIn(system))).toContain('acme/plans:slug:inner');
      throw new Error('outer');
    });
    await expect(work).rejects.toThrow('outer');
    await expectConverged();
    expect(Object.keys(await ownersIn(system))).toHaveLength(2);
  });

  const afterFailure = 'replicate what a flush wrote before it failed, where the transaction goes on and commits';
  const endsThere = isPostgres ? `${afterFailure} (skipped: on PostgreSQL none can)` : afterFailure;
  it.skipIf(isPostgres)(endsThere, async () => {
    await open({
      sync: [
        [Limit, limits],
        [Plan, plans],
      ],
    });
    const [, id] = await given({ tenantId: 'acme', slug: 'taken' }, { tenantId: 'acme', slug: 'free' });
    const em = system.em();
    await em.begin();
    (await em.findOneOrFail(Plan, id as number)).slug = 'taken';
    em.create(Limit, { tenantId: 'acme', amount: 1 });
    await expect(em.flush()).rejects.toThrow();
    em.clear();
    await em.commit();
    expect(await system.sql('select id from limits')).toHaveLength(1);
    await expectConverged();
    expect(Object.keys(await system.redisKeys())).toHaveLength(5);
  });

  // G2
  it.runIf(isPostgres)('that PostgreSQL ended at a failed statement replicate nothing, whatever commits', async () => {
    await open();
    await given({ tenantId: 'acme', slug: 'taken', name: 'old' });
    const em = system.em();
    await em.begin();
    (await em.findOneOrFail(Plan, 1)).name = 'new';
    em.create(Plan, { tenantId: 'acme', slug: 'free' });
    await em.flush();
    await expect(em.execute('select nothing')).rejects.toThrow();
    // The server answers that it rolled back, and the driver does not listen.
    await em.commit();
    await system.replication.settled();
    expect(await system.sql('select name from plan')).toEqual([{ name: 'old' }]);
    await expectConverged();

    const other = system.em();
    await other.begin();
    await expect(other.execute('select nothing')).rejects.toThrow();
    other.create(Plan, { tenantId: 'acme', slug: 'free' });
    await expect(other.flush()).rejects.toThrow('current transaction is aborted');
    await other.rollback();
    await expectConverged();
  });

  it('on forks that share a context are one transaction', async () => {
    await open();
    await system.em().transactional(async em => {
      const fork = em.fork({ keepTransactionContext: true });
      fork.create(Plan, { tenantId: 'acme', slug: 'fork' });
      await fork.flush();
      em.create(Plan, { tenantId: 'acme', slug: 'own' });
    });
    await expectConverged();
    expect(await lengths('acme')).toEqual([2]);
  });
});

describe('a row whose primary key changes', () => {
  it.each(['implicit', 'explicit'])('is gone under the old one: %s transaction', async kind => {
    await open();
    await given({ tenantId: 'acme', slug: 'a' });
    const stale = system.em();
    const row = await stale.findOneOrFail(Plan, 1);
    const other = system.em();
    (await other.findOneOrFail(Plan, 1)).tenantId = 'zeta';
    await other.flush();
    if (kind === 'explicit') await stale.begin();
    row.id = 77;
    await stale.flush();
    if (kind === 'explicit') await stale.commit();
    await expectConverged();
    expect(Object.keys(await system.redisKeys())).toEqual(['zeta/plans:id:77', 'zeta/plans:slug:a']);
    await system.replication.settled();
    expect(await system.outbox()).toEqual([]);
  });

  it('and its tenant is gone from every key of the old one', async () => {
    await open();
    await given({ tenantId: 'acme', slug: 'a' });
    const em = system.em();
    Object.assign(await em.findOneOrFail(Plan, 1), { id: 77, tenantId: 'zeta' });
    await em.flush();
    await expectConverged();
  });

  it('stays where it was when that is rolled back', async () => {
    await open();
    await given({ tenantId: 'acme', slug: 'a' });
    const work = system.em().transactional(async em => {
      (await em.findOneOrFail(Plan, 1)).id = 77;
      await em.flush();
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    await expectConverged();
  });
});

describe('an upsert', () => {
  it('inside a transaction is replicated with it, or rolled back with it', async () => {
    await open();
    await system.em().transactional(async em => {
      await em.upsert(Plan, { id: 7, tenantId: 'acme', slug: 'a', name: 'new' });
      expect(await system.redisKeys()).toEqual({});
    });
    await expectConverged();
    const work = system.em().transactional(async em => {
      await em.upsert(Plan, { id: 7, tenantId: 'acme', slug: 'b', name: 'newer' });
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    await expectConverged();
    expect(Object.keys(await system.redisKeys())).toEqual(['acme/plans:id:7', 'acme/plans:slug:a']);
  });

  it('outside a transaction is replicated, with one warning however many there are', async () => {
    await open();
    await system.em().upsert(Plan, { id: 7, tenantId: 'acme', slug: 'a', name: 'new' });
    await system.em().upsert(Plan, { id: 7, tenantId: 'acme', slug: 'b', name: 'newer' });
    await expectConverged();
    expect(system.reportsOf('warning')).toMatchObject([{ message: expect.stringContaining('em.transactional()') }]);
  });

  it('of many rows is replicated row by row', async () => {
    await open();
    await given({ tenantId: 'acme', slug: 'a' });
    await system.em().transactional(async em => {
      await em.upsertMany(Plan, [
        { id: 1, tenantId: 'acme', slug: 'b' },
        { id: 2, tenantId: 'acme', slug: 'c' },
      ]);
    });
    await expectConverged();
    expect(await lengths('acme')).toEqual([1, 2]);
  });

  // R2
  it.each([
    { by: 'its primary key', row: { id: 1, tenantId: 'zeta', slug: 'gold' } },
    { by: 'another unique key', row: { code: 'x', tenantId: 'zeta' } },
  ])('that moves a row to another tenant by $by removes it from the old one', async ({ row }) => {
    await open({ sync: [[Coded, coded]] });
    const em = system.em();
    em.create(Coded, { tenantId: 'acme', slug: 'gold', code: 'x' });
    await em.flush();
    await system.em().transactional(async each => void (await each.upsert(Coded, row as never)));
    expect(await system.sql('select tenant_id from coded')).toEqual([{ tenant_id: 'zeta' }]);
    await expectConverged();
  });
});
