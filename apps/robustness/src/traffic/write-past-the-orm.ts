import type { EntityManager } from '@mikro-orm/core';
import type { PoolConnection } from 'mysql2/promise';
import { PLAN_IDS, SLUGS, TENANTS } from './addresses.ts';
import { PlanSchema } from './entities.ts';
import { ALL, draw, inTransaction, type KindOfWrite, UNDO, type WriteParts } from './write-parts.ts';

/** What only triggers see: statements that fire no hook, of this ORM and of another program. */
export const UNHOOKED: readonly KindOfWrite[] = [
  ['native', 14, parts => inTransaction(parts, em => native(parts, em))],
  ['raw-sql', 14, rawSql],
];

async function native({ random, stamp }: WriteParts, em: EntityManager): Promise<void> {
  const id = random.pick(PLAN_IDS);
  const n = await draw(em, `plans:${id}`, stamp);
  const tenantId = random.pick(TENANTS);
  const row = { id, tenantId, slug: null, n, stamp, notes: '' };
  switch (random.int(0, 4)) {
    case 0:
      await em.nativeDelete(PlanSchema, { id }, ALL);
      return;
    case 1:
      await em.nativeDelete(PlanSchema, { id }, ALL);
      await em.insertMany(PlanSchema, [row]);
      return;
    case 2:
      await em.upsert(PlanSchema, row);
      return;
    case 3:
      await em
        .getConnection('write')
        .execute(
          'update plan set n = ?, stamp = ?, tenant_id = ?, slug = null where id = ?',
          [n, stamp, tenantId, id],
          'run',
          em.getTransactionContext(),
        );
      return;
    default:
      await em.nativeUpdate(PlanSchema, { id }, { n, stamp }, ALL);
  }
  if (random.chance(0.2)) throw UNDO;
}

/** Another program, with a connection that has never heard of us. */
async function rawSql({ random, stamp, otherProgram }: WriteParts): Promise<void> {
  const connection = await otherProgram.getConnection();
  try {
    await connection.beginTransaction();
    // In one order everywhere, or nearly every one of them would end in a deadlock.
    const ids = random
      .shuffle(PLAN_IDS)
      .slice(0, random.int(1, 3))
      .sort((a, b) => a - b);
    for (const id of ids) await changeBySql(connection, id, stamp, random);
    if (random.chance(0.25)) {
      await connection.rollback();
      throw UNDO;
    }
    await connection.commit();
  } catch (error) {
    // Whatever is left of the transaction ends with the connection.
    connection.destroy();
    throw error;
  }
  connection.release();
}

async function changeBySql(
  connection: PoolConnection,
  id: number,
  stamp: string,
  random: WriteParts['random'],
): Promise<void> {
  const [drawn] = await connection.query(
    'insert into counter (record, n) values (?, last_insert_id(1)) on duplicate key update n = last_insert_id(n + 1)',
    [`plans:${id}`],
  );
  const n = (drawn as { insertId: number }).insertId;
  await connection.query('insert into ledger (stamp, record, n) values (?, ?, ?)', [stamp, `plans:${id}`, n]);
  const tenant = random.pick(TENANTS);
  if (random.chance(0.15)) await connection.query('delete from plan where id = ?', [id]);
  else if (random.chance(0.3))
    await connection.query('replace into plan (id, tenant_id, slug, n, stamp, notes) values (?, ?, ?, ?, ?, ?)', [
      ...[id, tenant, random.chance(0.5) ? random.pick(SLUGS) : null, n, stamp, ''],
    ]);
  else await connection.query('update plan set n = ?, stamp = ? where id = ?', [n, stamp, id]);
}
