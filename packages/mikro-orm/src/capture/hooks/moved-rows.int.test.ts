import { afterEach, describe, expect, it } from 'vitest';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, ownersIn, type SystemOptions, type TestSystem, withoutVersions } from '../../system.fixture.ts';

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
