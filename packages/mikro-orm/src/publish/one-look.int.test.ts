import { afterEach, describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { theme } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import { holdAcknowledgements } from './statements.fixture.ts';

// After a commit, the present rows and the look for entangled transactions are one statement, and so one moment.

let system: TestSystem;
let queries: string[] = [];
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  const onQuery = (sql: string) => {
    queries.push(sql);
    return sql;
  };
  system = await openSystem({ sync: [[Plan, plans]], ...options, orm: { onQuery, ...options.orm } });
}

/** What is asked of the database, but what is asked inside of its transaction. */
async function selectsOf(work: () => Promise<unknown>): Promise<string[]> {
  queries = [];
  await work();
  return queries.filter(
    sql => sql.startsWith('select') && !/ for update|max\(|tenantry_replica|information_schema|1 = 0/.test(sql),
  );
}

type Em = ReturnType<TestSystem['em']>;

async function create(em: Em, ...slugs: string[]): Promise<Plan[]> {
  const all = slugs.map(slug => em.create(Plan, { tenantId: 'acme', slug, name: '0' }));
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

const rename = async (em: Em, name: string) => {
  for (const plan of await em.find(Plan, {})) plan.name = name;
};
const nameOf = async (slug: string) => ((await system.value('acme', `plans:slug:${slug}`)) as Plan | undefined)?.name;
const messages = async () => (await system.feed('acme')).map(({ changes }) => changes.length);

async function expectConverged(): Promise<void> {
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('one statement is asked after a commit', () => {
  it('for rows that were created or changed, one or many', async () => {
    await open();
    const em = system.em();
    await create(em, 'first');
    expect(await selectsOf(() => create(em, 'a'))).toHaveLength(1);
    expect(await selectsOf(() => create(em, 'b', 'c', 'd'))).toHaveLength(1);
    const all = await em.find(Plan, {});
    const change = () => {
      for (const plan of all) plan.name += '!';
      return em.flush();
    };
    expect(await selectsOf(change)).toHaveLength(1);
    await expectConverged();
  });

  it('also where earlier changes of the rows are in Redis and not yet acknowledged', async () => {
    await open();
    const em = system.em();
    using _held = holdAcknowledgements(system);
    const [plan] = (await create(em, 'a')) as [Plan];
    const selects = await selectsOf(async () => {
      for (let i = 1; i <= 100; i++) {
        plan.name = `${i}`;
        await em.flush();
      }
    });
    expect(selects.filter(sql => sql !== selects[0])).toEqual([]);
    expect(selects).toHaveLength(100);
    expect(await nameOf('a')).toBe('100');
  });

  it('for rows of which some are deleted, in whatever order', async () => {
    await open();
    const em = system.em();
    const [a, b, c] = (await create(em, 'a', 'b', 'c')) as [Plan, Plan, Plan];
    a.name = '1';
    c.name = '1';
    expect(await selectsOf(() => em.remove(b).flush())).toHaveLength(1);
    const deleteFirst = () =>
      em.transactional(async inside => {
        await inside.remove(a).flush();
        c.name = '2';
      });
    expect(await selectsOf(deleteFirst)).toHaveLength(1);
    expect([await nameOf('a'), await nameOf('b'), await nameOf('c')]).toEqual([undefined, undefined, '2']);
    await expectConverged();
  });

  it('for a config', async () => {
    await open({ tenantry: { configs: [theme] } });
    const store = configStore(system.orm).tenant('acme');
    await store.set(theme, { color: 'red' });
    const selects = await selectsOf(async () =>
      expect(await store.set(theme, { color: 'green' })).toMatchObject({ version: 2, published: 'now' }),
    );
    expect(system.reportsOf('deferred')).toEqual([]);
    expect(selects.filter(sql => sql.includes('tenantry_outbox'))).toHaveLength(1);
  });

  it('and another one where no row is left that could bring the answer of the look', async () => {
    await open();
    const em = system.em();
    const [a, b] = (await create(em, 'a', 'b')) as [Plan, Plan];
    expect(await selectsOf(() => em.remove(a).flush())).toHaveLength(2);
    expect(await nameOf('a')).toBeUndefined();
    expect(await selectsOf(() => em.remove(b).flush())).toHaveLength(2);
    await expectConverged();
  });
});

describe('a transaction stays whole', () => {
  it('that was committed before, unpublished, and has a row that is deleted now', async () => {
    await open();
    const em = system.em();
    const [a] = (await create(em, 'a', 'c')) as [Plan, Plan];
    await system.replication.settled();
    await commitAndDie(async other => rename(other, '1'));
    await em.remove(a).flush();
    expect(await nameOf('a')).toBeUndefined();
    expect(await nameOf('c')).toBe('1');
    expect(await messages()).toEqual([2, 2]);
    await expectConverged();
  });

  it('that commits after the rows of an earlier one were read, and before they are in Redis', async () => {
    await open();
    const em = system.em();
    const [a] = (await create(em, 'a', 'c')) as [Plan, Plan];
    const held = holdNextApply(system);
    a.name = '1';
    const first = em.flush();
    await held.reached;
    await commitAndDie(async other => rename(other, '2'));
    held.release();
    await first;
    expect([await nameOf('a'), await nameOf('c')]).toEqual(['1', '0']);
    await system.drain();
    expect([await nameOf('a'), await nameOf('c')]).toEqual(['2', '2']);
    expect(await messages()).toEqual([2, 1, 2]);
  });

  it('that is published while the rows of an earlier one are on their way: those are refused', async () => {
    await open();
    const em = system.em();
    const [a] = (await create(em, 'a', 'c')) as [Plan, Plan];
    const held = holdNextApply(system);
    a.name = '1';
    const first = em.flush();
    await held.reached;
    const second = system.em();
    await rename(second, '2');
    await second.flush();
    held.release();
    await first;
    expect([await nameOf('a'), await nameOf('c')]).toEqual(['2', '2']);
    // The second one found the first one's change unpublished, and brought it along.
    expect(await messages()).toEqual([2, 2]);
    await expectConverged();
  });

  it('that another process has published and not yet acknowledged: it is published again, and nothing changes', async () => {
    await open();
    const em = system.em();
    const [a] = (await create(em, 'a', 'c')) as [Plan, Plan];
    const { database, prefix } = system;
    await using other = await openSystem({ sync: [[Plan, plans]], database, prefix });
    const others = other.em();
    await rename(others, '1');
    await others.flush();
    a.name = '2';
    await em.flush();
    expect([await nameOf('a'), await nameOf('c')]).toEqual(['2', '1']);
    await other.replication.settled();
    await expectConverged();
  });

  it('although the database cuts off the list of what the look found', async ({ skip }) => {
    await open({ orm: { pool: { min: 1, max: 1 } } });
    skip(system.database.kind === 'postgresql', 'there a text is as long as it is');
    const em = system.em();
    const [a] = (await create(em, 'a', 'c')) as [Plan, Plan];
    await system.replication.settled();
    await system.sql('alter table tenantry_outbox auto_increment = 1000000');
    const flush = (name: string) => {
      a.name = name;
      return em.flush();
    };
    // Between two entries, inside of one, and before the first.
    for (const [i, length] of [8, 5, 4].entries()) {
      await system.sql(`set session group_concat_max_len = ${length}`);
      await flush(`0${i}`);
      await commitAndDie(async other => rename(other, `1${i}`));
      expect((await selectsOf(() => flush(`2${i}`))).length).toBeGreaterThan(1);
      expect([await nameOf('a'), await nameOf('c')]).toEqual([`2${i}`, `1${i}`]);
    }
    expect(await messages()).toEqual([2, 1, 2, 1, 2, 1, 2]);
    await expectConverged();
  });
});
