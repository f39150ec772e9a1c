import { databaseSessions, eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import type { TestORM } from '../system.fixture.ts';
import { expectNoTrace, expiring, holding, onPostgres, open, waiting, whileHeld } from './held-locks.fixture.ts';

/** More than the pool of `open` has places. */
const LOST = 6;
/** A statement of a write about the table that is held, so it waits. */
const HELD = /^(select|insert|update)\b.*\btenantry_config\b/s;
const named = 'connections that the database ends in the middle of writes cost no place in the pool';

/** As an operator does it, or a restart. */
async function endWhatWaits(outside: TestORM): Promise<void> {
  const run = (sql: string) => outside.em.fork().execute<unknown[]>(sql);
  const { dbName } = outside.config.getAll();
  for (const { db, Id, Info } of await databaseSessions(run))
    if (db === dbName && HELD.test(Info ?? '')) await run(`kill ${Id}`);
}

it.skipIf(onPostgres)(onPostgres ? `${named} (skipped: with Kysely 0.29.6 they do there)` : named, async () => {
  await using setting = await open();
  const { store, outside } = setting;
  const acme = store.tenant('acme');
  // It is not about time: the longest budget of the setting.
  await acme.set(expiring, 'old');
  for (let n = 0; n < LOST; n++)
    await whileHeld(outside, holding('tenantry_config'), async () => {
      const refused = expect(acme.set(expiring, `lost ${n}`)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await eventually(async () => expect(await waiting(outside)).toContainEqual(expect.stringMatching(HELD)));
      await endWhatWaits(outside);
      await refused;
    });
  await expectNoTrace(setting);
  expect((await acme.get(expiring))?.value).toBe('old');
  await acme.set(expiring, 'new');
  expect((await acme.get(expiring))?.value).toBe('new');
});
