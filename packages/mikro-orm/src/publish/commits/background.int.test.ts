import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { configStore } from '../../config-store/config-store.ts';
import { allConfigs, theme } from '../../configs.fixture.ts';
import { Limit, limits, Plan, plans } from '../../plans.fixture.ts';
import { type SystemOptions, withoutVersions } from '../../system.fixture.ts';
import { type BackgroundSystem, openBackground } from './background.fixture.ts';

let system: BackgroundSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

const open = async (options?: Partial<SystemOptions>) => {
  system = await openBackground(options);
};

async function rename(ids: readonly number[], name: string): Promise<void> {
  await system.em().transactional(async em => {
    for (const plan of await em.find(Plan, { id: { $in: [...ids] } }, { orderBy: { id: 'asc' } })) plan.name = name;
  });
}

const warnings = () => system.reportsOf('warning').map(({ message }) => message);

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('while one publish is under way', () => {
  it('what others commit is published in the next one, each transaction whole', async () => {
    await open();
    const release = await system.holdPublish();
    await system.create(2);
    await system.create(3);
    await system.create(4);
    release();
    await system.replication.settled();
    expect(await system.sizes()).toEqual([1, 9]);
    expect(system.reportsOf('published')).toHaveLength(2);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
    await expectConverged();
  });

  it('no publish has more than 1,000 changes, unless one transaction has', async () => {
    await open();
    const commits: (() => Promise<void>)[] = [];
    for (const count of [400, 600, 1, 1_200, 5]) commits.push(await system.prepare(count));
    const release = await system.holdPublish();
    for (const commit of commits) await commit();
    release();
    await system.replication.settled();
    expect(await system.sizes()).toEqual([1, 1_000, 1, 1_200, 5]);
    await expectConverged();
  });

  it('transactions that share rows become one step, in which the later state stands', async () => {
    // G3, G4
    await open({
      sync: [
        [Plan, plans],
        [Limit, limits],
      ],
    });
    await system.create(3);
    const release = await system.holdPublish();
    await rename([1, 2], 'one');
    await rename([2, 3], 'two');
    await system.em().transactional(async em => {
      em.create(Limit, { id: 1, tenantId: 'acme', amount: 1 });
      (await em.findOneOrFail(Plan, 3)).name = 'three';
    });
    release();
    await system.replication.settled();
    expect(await system.sizes()).toEqual([3, 1, 4]);
    const names = await Promise.all([1, 2, 3].map(id => system.value('acme', `plans:id:${id}`)));
    expect(names).toMatchObject([{ name: 'one' }, { name: 'two' }, { name: 'three' }]);
    await expectConverged();
  });

  it('a transaction of a process that died is published with those that share a row with it', async () => {
    // G4
    await open();
    await system.create(3);
    await system.replication.settled();
    const dead = system.em();
    await dead.begin();
    for (const plan of await dead.find(Plan, { id: { $in: [1, 2] } })) plan.name = 'died';
    await dead.flush();
    // Committed on the connection, so that nobody publishes it.
    await dead.getConnection('write').commit(dead.getTransactionContext() as never);
    const release = await system.holdPublish();
    await rename([2], 'lives');
    await rename([3], 'lives, too');
    release();
    await system.replication.settled();
    expect(await system.sizes()).toEqual([3, 1, 3]);
    await expectConverged();
  });

  it('a write of the config store is published at once, and is not overtaken by what waits', async () => {
    await open({ tenantry: { configs: allConfigs } });
    const release = await system.holdPublish();
    await system.create(1);
    const acme = configStore(system.orm as never).tenant('acme');
    expect(await acme.set(theme, { color: 'red' })).toMatchObject({ published: 'now' });
    expect(await system.value('acme', theme.address)).toMatchObject({ color: 'red' });
    release();
    await system.replication.settled();
    expect(Object.keys(await system.redisKeys())).toEqual([
      `acme/${theme.address}`,
      ...['acme/plans:id:1', 'acme/plans:id:2'],
    ]);
  });

  it('`settled` waits for it, and for what waits behind it', async () => {
    await open();
    const release = await system.holdPublish();
    await system.create(1);
    const seen: string[] = [];
    const settling = system.replication.settled().then(() => seen.push('settled'));
    // Longer than `settled` takes where nothing is under way.
    await system.replication.backlog();
    seen.push('released');
    release();
    await settling;
    expect(seen).toEqual(['released', 'settled']);
    expect(await system.outbox()).toEqual([]);
  });
});

describe('a full queue', () => {
  it('leaves the rest to the relay, and says so once until it was empty', async () => {
    await open({ tenantry: { publishQueueSize: 3 } });
    const release = await system.holdPublish();
    await system.create(2);
    for (const count of [1, 1, 2]) await system.create(count);
    expect(warnings()).toEqual([expect.stringContaining('`publishQueueSize` (3)')]);
    release();
    await system.replication.settled();
    expect(await system.sizes()).toEqual([1, 2]);
    expect(await system.replication.backlog()).toEqual({ waiting: 4, dead: 0 });
    await system.create(1);
    await system.replication.settled();
    expect(await system.sizes()).toEqual([1, 2, 1]);
    expect(warnings()).toHaveLength(1);

    const releaseAgain = await system.holdPublish();
    await system.create(3);
    expect(warnings()).toHaveLength(2);
    releaseAgain();
    await system.drain();
    await expectConverged();
  });

  it('takes a transaction that is larger than the queue while nothing waits', async () => {
    await open({ tenantry: { publishQueueSize: 3 } });
    await system.create(10);
    await system.replication.settled();
    expect(await system.sizes()).toEqual([10]);
    expect(warnings()).toEqual([]);
  });

  it('leaves no half of a transaction: one that waits brings along those that share rows with it', async () => {
    // G4
    await open({ tenantry: { publishQueueSize: 5 } });
    await system.create(3);
    const release = await system.holdPublish();
    await rename([1, 2], 'queued');
    await rename([2, 3], 'too many');
    await rename([1, 3], 'too many, too');
    release();
    await system.replication.settled();
    expect(await system.sizes()).toEqual([3, 1, 3]);
    await system.drain();
    await expectConverged();
  });
});

it('begins when the flush has returned: the database is asked nothing more before', async () => {
  const begun: string[] = [];
  const onQuery = (sql: string) => {
    // What looks at the tables and at the installation by a timer comes when it comes.
    if (!/select 1 as one from|information_schema|tenantry_replica/.test(sql)) begun.push(sql);
    return sql;
  };
  await open({ orm: { onQuery } });
  const em = system.em();
  const plan = em.create(Plan, { tenantId: 'acme' });
  await em.flush();
  // The first change of a row that was created asks for what the database made of it.
  plan.name = 'first';
  await em.flush();
  await system.replication.settled();
  plan.name = 'second';
  begun.length = 0;
  await em.flush();
  expect(begun.map(sql => sql.split(' ')[0])).toEqual(['update', 'insert']);
  await system.replication.settled();
  expect(begun.map(sql => sql.split(' ')[0]).slice(2, 3)).toEqual(['select']);
});

// Triggers are not for PostgreSQL.
const onPostgres = testServers().databaseUrl.startsWith('postgres');

it.skipIf(onPostgres)('tells of no publish where transactions changed nothing, captured by triggers', async () => {
  await open({ tenantry: { capture: 'trigger' } });
  const release = await system.holdPublish();
  for (let i = 0; i < 2; i++) await system.em().transactional(em => em.find(Plan, {}));
  release();
  await system.replication.settled();
  expect(system.reportsOf('published')).toHaveLength(1);
});

it.skipIf(onPostgres)(
  'publishes what raw statements changed in transactions of this ORM, captured by triggers',
  async () => {
    await open({ tenantry: { capture: 'trigger' } });
    await system.create(3);
    const release = await system.holdPublish();
    for (const name of ['one', 'two'])
      await system.em().transactional(async em => void (await em.execute('update plan set name = ?', [name])));
    release();
    await system.replication.settled();
    expect(await system.sizes()).toEqual([3, 1, 4]);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
    await expectConverged();
  },
);
