import { describe, expect, it } from 'vitest';
import { Plan } from '../../plans.fixture.ts';
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
