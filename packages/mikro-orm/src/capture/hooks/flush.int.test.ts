import { describe, expect, it } from 'vitest';
import { Limit, Plan } from '../../plans.fixture.ts';
import { ownersIn } from '../../system.fixture.ts';
import {
  Coded,
  closeAfterEach,
  coded,
  expectConverged,
  given,
  lengths,
  open,
  system,
} from './captured-plans.fixture.ts';

closeAfterEach();

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
