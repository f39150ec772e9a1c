import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem, withoutVersions } from '../system.fixture.ts';
import { ListWatch } from './list-watch.ts';

let serial = 0;

async function write(system: TestSystem): Promise<void> {
  const em = system.em();
  for (let i = 0; i < 20; i++) em.create(Plan, { tenantId: 'acme', slug: `${serial++}` });
  await em.flush();
}

const patience = { timeoutMs: 60_000 };

/** Flushes until a row of this kind is in the outbox. */
async function writeUntil(system: TestSystem, source: string): Promise<void> {
  const isThere = async () => {
    await write(system);
    return (await system.outbox()).some(({ definition }) => definition === source);
  };
  await eventually(isThere, { ...patience, message: `a row of ${source}` });
}

// Each step of a relay reads all of them, and a flush that finds too many leaves its changes to it.
it('where many lists wait an application writes rows, until they are published', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
  await writeUntil(system, 'plans');
  expect((await system.outbox()).filter(({ definition }) => definition === '@list/plans').length).toBeGreaterThan(49);
  await system.drain();
  expect(await system.outbox()).toEqual([]);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  await writeUntil(system, '@list/plans');
});

it('is at rest where few lists wait', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
  await write(system);
  const watch = new ListWatch({ orm: system.orm as never, definitions: () => ['plans'], everyMs: 1 });
  watch.expectList();
  await eventually(() => !watch.isLooking, { ...patience, message: 'the watch to rest' });
  expect(watch.isCrowded).toBe(false);
});
