import type { EventSubscriber } from '@mikro-orm/core';
import { testServers } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { Plan } from '../../plans.fixture.ts';
import type { TestEntityManager } from '../../system.fixture.ts';
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

  it('of many rows is captured once for each', async () => {
    await open({ tenantry: { publishTimeoutMs: 1 } });
    await system.em().transactional(async em => {
      await em.upsertMany(Plan, [
        { id: 1, tenantId: 'acme', slug: 'b' },
        { id: 2, tenantId: 'acme', slug: 'c' },
      ]);
      const rows = await em.execute('select record_id from tenantry_outbox order by id');
      expect(rows).toEqual([{ record_id: '1' }, { record_id: '2' }]);
    });
  });
});

// Triggers are not for PostgreSQL.
const onPostgres = testServers().databaseUrl.startsWith('postgres');
describe.each(onPostgres ? (['hooks'] as const) : (['hooks', 'trigger'] as const))(
  'an upsert in a transaction, captured by %s',
  capture => {
    it.each([
      { by: 'em.upsert', upsert: upsertOne },
      { by: 'em.upsertMany', upsert: upsertTwo },
    ])('does not wait for another one of other new rows: $by', async ({ upsert }) => {
      await open({ tenantry: { capture }, orm: { pool: { min: 0, max: 3 } } });
      await system.em().transactional(async first => {
        await upsert(first, 10);
        await system.em().transactional(async second => {
          await upsert(second, 30);
          await upsert(first, 40);
          await upsert(second, 20);
        });
      });
      await system.drain();
      await expectConverged();
    });

    // PostgreSQL does not count a row that an upsert changed otherwise than one that it inserted.
    it.skipIf(onPostgres).each([
      { by: 'em.upsert', upsert: upsertOne },
      { by: 'em.upsertMany', upsert: upsertTwo },
    ])('takes a row that came between out of the tenant that it came to: $by', async ({ upsert }) => {
      await open({ tenantry: { capture } });
      await system.em().transactional(async em => {
        // Later registered, so after the look.
        let came = false;
        const between: EventSubscriber = {
          async beforeUpsert({ entity }) {
            if (came || (entity as Plan).tenantId !== 'zeta') return;
            came = true;
            await system.em().transactional(other => upsert(other, 10, 'acme'));
            expect(Object.keys(await system.redisKeys())).toContain('acme/plans:id:10');
          },
        };
        em.getEventManager().registerSubscriber(between);
        await em.findOne(Plan, { id: 10 });
        await upsert(em, 10, 'zeta');
        expect(came).toBe(true);
      });
      await system.drain();
      await expectConverged();
    });
  },
);

async function upsertOne(em: TestEntityManager, id: number, tenantId = 'acme'): Promise<void> {
  await em.upsert(Plan, { id, tenantId });
}

async function upsertTwo(em: TestEntityManager, id: number, tenantId = 'acme'): Promise<void> {
  await em.upsertMany(Plan, [
    { id, tenantId },
    { id: id + 1, tenantId },
  ]);
}
