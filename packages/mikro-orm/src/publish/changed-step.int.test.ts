import { afterEach, beforeEach, expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, type TestSystem, withoutVersions } from '../system.fixture.ts';

// A cluster that loses or gets a node changes `auto_increment_increment`, and the connections of one pool may have different ones.

let system: TestSystem;
beforeEach(async ({ skip }) => {
  system = await openSystem({ sync: [[Plan, plans]], orm: { pool: { min: 1, max: 1 } } });
  skip(system.database.kind === 'postgresql', 'there each row tells its own id');
});
afterEach(() => system?.[Symbol.asyncDispose]());

async function setStep(step: number): Promise<void> {
  await system.sql(`set session auto_increment_increment = ${step}, auto_increment_offset = 1`);
}

function rename(all: readonly Plan[], name: string): void {
  for (const plan of all) plan.name = name;
}

const names = async () => Object.values(await system.redisKeys()).map(({ value }) => (value as Plan).name);

async function fourPlans(): Promise<{ em: ReturnType<TestSystem['em']>; all: Plan[] }> {
  const em = system.em();
  const all = [1, 2, 3, 4].map(id => em.create(Plan, { id, tenantId: 'acme', slug: `s${id}` }));
  await em.flush();
  return { em, all };
}

it.each([
  [10, 1],
  [3, 2],
  [1, 10],
])('publishes every change at once where the step of ids goes from %i to %i', async (from, to) => {
  await setStep(from);
  const { em, all } = await fourPlans();
  await setStep(to);
  for (const round of ['one', 'two', 'three']) {
    rename(all, `${round}, together`);
    await em.flush();
    expect(new Set(await names())).toEqual(new Set([`${round}, together`]));
    for (const plan of all) {
      plan.name = `${round}, alone`;
      await em.flush();
    }
    expect(new Set(await names())).toEqual(new Set([`${round}, alone`]));
  }
  await system.replication.settled();
  expect(await system.outbox()).toEqual([]);
});

it('deletes nothing of another process from the outbox where the step has shrunk', async () => {
  await setStep(10);
  const { em, all } = await fourPlans();
  await setStep(1);
  const { database, prefix } = system;
  await using other = await openSystem({
    sync: [[Plan, plans]],
    database,
    prefix,
    tenantry: { publish: 'relay' },
  });
  const held = holdNextApply(system);
  rename(all, 'new');
  const flushed = em.flush();
  await held.reached;
  const others = other.em();
  // So many at once have an outbox row each.
  for (let id = 100; id < 138; id++) {
    others.create(Plan, { id, tenantId: 'acme', slug: `s${id}` });
    if (id === 118 || id === 137) await others.flush();
  }
  held.release();
  await flushed;
  await system.replication.settled();
  expect(await system.outbox()).toHaveLength(38);
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
});

it('lets the ORM count the ids of new rows with the new step once it was noticed', async () => {
  await setStep(10);
  const { em, all } = await fourPlans();
  await setStep(1);
  rename(all, 'new');
  await em.flush();
  const fresh = ['a', 'b', 'c'].map(slug => em.create(Plan, { tenantId: 'acme', slug }));
  await em.flush();
  const rows = await system.sql<{ id: number }>("select id from plan where slug in ('a', 'b', 'c') order by id");
  expect(fresh.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
});
