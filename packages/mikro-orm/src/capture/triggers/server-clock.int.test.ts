import { randomUUID } from 'node:crypto';
import { testServers } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialectOf } from '../../database/dialect.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestEntityManager, type TestSystem } from '../../system.fixture.ts';

// A zone of our own, whose clock goes back from 03:00 to 02:00: servers have no named zones before somebody loads them.
const CLOCK_GOES_BACK = 1_761_440_400;
const zone = `Tenantry/${randomUUID()}`;

let system: TestSystem;
beforeEach(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { capture: 'trigger' } });
  await system.em().transactional(async em => {
    await em.execute("insert into mysql.time_zone (use_leap_seconds) values ('N')");
    const [{ id } = { id: 0 }] = await em.execute<{ id: number }[]>('select last_insert_id() as id');
    await em.execute('insert into mysql.time_zone_name values (?, ?)', [zone, id]);
    const types = 'insert into mysql.time_zone_transition_type values (?, 0, 7200, 1, ?), (?, 1, 3600, 0, ?)';
    await em.execute(types, [id, 'S', id, 'W']);
    const transitions = 'insert into mysql.time_zone_transition values (?, 0, 0), (?, ?, 1)';
    await em.execute(transitions, [id, id, CLOCK_GOES_BACK]);
  });
});
afterEach(async () => {
  const [{ id } = { id: 0 }] = await system.sql<{ id: number }>(
    'select time_zone_id as id from mysql.time_zone_name where name = ?',
    [zone],
  );
  for (const table of ['time_zone_transition', 'time_zone_transition_type', 'time_zone_name', 'time_zone'])
    await system.sql(`delete from mysql.${table} where time_zone_id = ?`, [id]);
  await system[Symbol.asyncDispose]();
});

// PostgreSQL has no triggers of ours, and its clock knows of no zone.
describe.skipIf(testServers().databaseUrl.startsWith('postgres'))('the clock of the database', () => {
  it.each([
    { when: 'in the hour before the clock goes back', at: CLOCK_GOES_BACK - 3_000.75 },
    { when: 'in the hour after it', at: CLOCK_GOES_BACK + 600.25 },
  ])('tells leases and triggers the same time in every zone: $when', async ({ at }) => {
    for (const each of [zone, '+05:00', '+00:00'])
      await system.em().transactional(em =>
        inZone(em as TestEntityManager, each, at, async () => {
          const [now] = await em.execute(`select ${dialectOf(system.orm).now} as at`);
          expect([each, Number(now?.at)]).toEqual([each, at * 1_000]);
          await em.execute("insert into plan (tenant_id, name) values ('acme', 'new')");
          const [row] = await em.execute('select created_at as at from tenantry_outbox order by id desc limit 1');
          expect([each, Number(row?.at)]).toEqual([each, at * 1_000]);
        }),
      );
  });
});

/** A connection goes back to the pool as it came. */
async function inZone(em: TestEntityManager, name: string, at: number, work: () => Promise<void>): Promise<void> {
  await em.execute('set time_zone = ?, timestamp = ?', [name, at]);
  try {
    await work();
  } finally {
    await em.execute('set time_zone = default, timestamp = default');
  }
}
