import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';

// Many records of one definition that a flush has changed are one outbox row.

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(tenantry: SystemOptions['tenantry'] = { publish: 'relay' }): Promise<void> {
  system = await openSystem({
    sync: [
      [Plan, plans],
      [Limit, limits],
    ],
    tenantry,
  });
}

type Em = ReturnType<TestSystem['em']>;

async function create(em: Em, count: number, name = '0'): Promise<Plan[]> {
  const all = Array.from({ length: count }, (_, i) =>
    em.create(Plan, { tenantId: 'acme', slug: `${name}-${i}`, name }),
  );
  await em.flush();
  return all;
}

/** Commits a transaction that nobody publishes: its process died after the commit. */
async function commitAndDie(work: (em: Em) => Promise<unknown>): Promise<void> {
  const em = system.em();
  await em.begin();
  await work(em);
  await em.flush();
  await em.getConnection('write').commit(em.getTransactionContext() as never);
}

const nameOf = async (address: string) => ((await system.value('acme', `plans:${address}`)) as Plan | undefined)?.name;
const messages = async () => (await system.feed('acme')).map(({ changes }) => changes.length);
const sources = async () => (await system.outbox()).map(({ definition, recordId }) => `${definition} ${recordId}`);

async function expectConverged(): Promise<void> {
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(await system.outbox()).toEqual([]);
}

describe('one outbox row', () => {
  // G1, G4
  it('names all records that a flush has created or changed in a table, and is published as one step', async () => {
    await open();
    const em = system.em();
    const all = await create(em, 30);
    em.create(Limit, { tenantId: 'acme', amount: 1 });
    for (const plan of all) plan.name = '1';
    await em.flush();
    expect(await sources()).toEqual(['@list/plans 30', 'limits 1', '@list/plans 30']);
    expect(await system.replication.backlog()).toEqual({ waiting: 61, dead: 0 });
    expect(await system.replication.relay()).toEqual({ published: 61, more: false });
    expect(await messages()).toEqual([31]);
    await expectConverged();
  });

  // G1, G4
  it('is published at once after its commit, with what its transaction changed besides', async () => {
    await open({});
    const em = system.em();
    await em.transactional(async inside => {
      await create(inside, 30);
      inside.create(Limit, { tenantId: 'acme', amount: 1 });
    });
    expect(await messages()).toEqual([31]);
    for (const plan of await em.find(Plan, {})) plan.name = '1';
    await em.flush();
    expect(await messages()).toEqual([31, 30]);
    await system.replication.settled();
    expect(await system.outbox()).toEqual([]);
    await expectConverged();
  });

  // G2
  it('goes with the savepoint that wrote it', async () => {
    await open({});
    const em = system.em();
    await em.transactional(async outer => {
      await create(outer, 20, 'kept');
      const inner = outer.transactional(async inside => {
        await create(inside, 20, 'gone');
        throw new Error('back');
      });
      await expect(inner).rejects.toThrow('back');
    });
    expect([await nameOf('slug:kept-0'), await nameOf('slug:gone-0')]).toEqual(['kept', undefined]);
    await expectConverged();
  });

  // G5
  it('is none for rows that moved: where each was before is said of it alone', async () => {
    await open();
    const em = system.em();
    const all = await create(em, 20);
    await system.drain();
    for (const plan of all) plan.slug = `moved-${plan.id}`;
    await em.flush();
    expect(new Set((await system.outbox()).map(({ definition }) => definition))).toEqual(new Set(['plans']));
    await expectConverged();
  });
});

describe('a transaction that changed a record that a list names', () => {
  const twice = async () => {
    await commitAndDie(em => create(em, 30));
    const [plan] = (await system.em().find(Plan, {}, { limit: 1 })) as [Plan];
    return plan;
  };

  // G4
  it('is published with all of that list, after its own commit', async () => {
    await open({});
    const { id } = await twice();
    const em = system.em();
    (await em.findOneOrFail(Plan, id)).name = '1';
    await em.flush();
    expect(await messages()).toEqual([30]);
    expect(await nameOf(`id:${id}`)).toBe('1');
    await expectConverged();
  });

  // G4
  it('is published with all of that list by a relay that sees it alone', async () => {
    await open();
    const { id } = await twice();
    const em = system.em();
    (await em.findOneOrFail(Plan, id)).name = '1';
    em.create(Limit, { tenantId: 'acme', amount: 1 });
    await em.flush();
    await system.sql(`update tenantry_outbox set available_at = ${2 ** 50} where source like '@list/%'`);
    expect(await system.replication.relay()).toMatchObject({ published: 32 });
    expect(await messages()).toEqual([31]);
    await expectConverged();
  });

  // G4
  it('is published with a list that is written after it', async () => {
    await open({});
    const setup = system.em();
    await create(setup, 30);
    await commitAndDie(async em => {
      (await em.findOneOrFail(Plan, { slug: '0-7' })).name = 'died';
      em.create(Limit, { tenantId: 'acme', amount: 1 });
    });
    const em = system.em();
    for (const plan of await em.find(Plan, {})) plan.notes = 'later';
    await em.flush();
    expect(await messages()).toEqual([30, 31]);
    expect(await nameOf('slug:0-7')).toBe('died');
    await expectConverged();
  });

  // G4
  it('is published with a list that names the same records in part', async () => {
    await open({});
    await create(system.em(), 40);
    await commitAndDie(async em => {
      for (const plan of await em.find(Plan, {}, { orderBy: { id: 'asc' }, limit: 25 })) plan.name = 'died';
    });
    const em = system.em();
    for (const plan of await em.find(Plan, {}, { orderBy: { id: 'desc' }, limit: 25 })) plan.notes = 'later';
    await em.flush();
    expect(await messages()).toEqual([40, 40]);
    await expectConverged();
  });

  it('and one that changed other records are published apart', async () => {
    await open({});
    await commitAndDie(em => create(em, 30));
    await create(system.em(), 1, 'one');
    await create(system.em(), 25, 'many');
    expect(await messages()).toEqual([1, 25]);
    await expectConverged();
  });

  // G8
  it('is left to the relay where more lists wait than a flush has the time to read', async () => {
    await open({});
    const { id } = await twice();
    const [list] = await system.outbox();
    await system.sql(
      `insert into tenantry_outbox (transaction_id, source, record_id, tenant, op, ${quoted('before')}, attempts, available_at, created_at) values ${Array.from({ length: 101 }, (_, i) => `('other${i}', '@list/plans', '1', 'acme', 'update', '{"ids":["${1_000_000 + i}"]}', 0, 0, 0)`).join(', ')}`,
    );
    const em = system.em();
    for (const plan of await em.find(Plan, { id: { $gte: id } })) plan.name = '1';
    await em.flush();
    expect(await messages()).toEqual([]);
    // The database says of one record whether a list names it.
    await create(system.em(), 1, 'alone');
    expect(await messages()).toEqual([1]);
    expect((await system.outbox(1))[0]).toMatchObject({ id: list?.id });
    await expectConverged();
  });
});

// G1, G5
it('a backfill and an audit wait for the changes that lists name', async () => {
  await open();
  await create(system.em(), 30);
  await system.drain();
  const em = system.em();
  for (const plan of await em.find(Plan, {})) plan.name = '1';
  await em.flush();
  // Not yet published is not wrong.
  expect(await system.replication.audit({ graceMs: 0 })).toMatchObject({ left: 0, waiting: 30 });
  await system.replication.backfill(Plan);
  expect(await nameOf('slug:0-3')).toBe('1');
  await eventually(async () => (await system.replication.relay()).more === false);
  await expectConverged();
});

// G4
it('a backfill publishes all of a transaction with a list that names one of its rows', async () => {
  await open();
  await create(system.em(), 30);
  await system.drain();
  const em = system.em();
  for (const plan of await em.find(Plan, {})) plan.name = '1';
  em.create(Limit, { tenantId: 'acme', amount: 1 });
  await em.flush();
  await system.replication.backfill(Plan);
  expect((await messages()).slice(0, 2)).toEqual([30, 31]);
  await expectConverged();
});

function quoted(name: string): string {
  return system.orm.em.getPlatform().quoteIdentifier(name);
}
