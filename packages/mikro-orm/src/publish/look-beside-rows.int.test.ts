import { afterEach, expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem, withoutVersions } from '../system.fixture.ts';
import { aroundStatements, holdAcknowledgements } from './statements.fixture.ts';

// After a commit, the look for entangled transactions stands beside the present rows. What it answers is short, whatever waits in the outbox.

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

/** The answers that have arrived, statement by statement: of each row that brought one. */
async function openWatched(): Promise<string[][]> {
  system = await openSystem({ sync: [[Plan, plans]] });
  const looks: string[][] = [];
  aroundStatements(system, async (sql, execute) => {
    const answer = await execute();
    if (!sql.includes('tenantry_beside')) return answer;
    const rows = answer as { readonly tenantry_beside: string | null }[];
    looks.push(rows.flatMap(row => row.tenantry_beside ?? []));
    return answer;
  });
  return looks;
}

async function create(...slugs: string[]) {
  const em = system.em();
  const all = slugs.map(slug => em.create(Plan, { tenantId: 'acme', slug, name: '0' }));
  await em.flush();
  const rename = (name: string) => {
    for (const plan of all) plan.name = name;
    return em.flush();
  };
  return { em, all, rename };
}

const SLUGS = Array.from({ length: 400 }, (_, i) => `${i}`);
const nameOf = async (slug: string) => ((await system.value('acme', `plans:slug:${slug}`)) as Plan | undefined)?.name;

async function expectConverged(): Promise<void> {
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

it('comes with one of the rows, and names the one that is counted where nothing else waits', async () => {
  const looks = await openWatched();
  await create(...SLUGS);
  expect(looks).toEqual([['1 400=']]);
  expect(await nameOf('399')).toBe('0');
  await expectConverged();
});

it('is short, however many changes of however many rows are not acknowledged', async () => {
  const looks = await openWatched();
  {
    using _held = holdAcknowledgements(system);
    const { rename } = await create(...SLUGS);
    for (let i = 1; i <= 5; i++) await rename(`${i}`);
  }
  expect(looks.map(answers => answers.length)).toEqual([1, 1, 1, 1, 1, 1]);
  // A thousand and one ids of at most four digits, each with its end, and how many they are.
  const most = '1001 '.length + 1001 * '1234+'.length;
  expect(Math.max(...looks.flat().map(answer => answer.length))).toBeLessThanOrEqual(most);
  expect([await nameOf('0'), await nameOf('399')]).toEqual(['5', '5']);
  await expectConverged();
});

it('misses no transaction that it has no place for', async () => {
  await openWatched();
  const { em, all } = await create('a', 'b');
  const [plan] = all as [Plan];
  const rename = (name: string) => {
    plan.name = name;
    return em.flush();
  };
  {
    using _held = holdAcknowledgements(system);
    // Not one commit for each, which would take long.
    await em.begin();
    for (let i = 1; i <= 1_000; i++) await rename(`${i}`);
    await em.commit();
    // Committed and never published: its process died.
    const other = system.em();
    await other.begin();
    for (const plan of await other.find(Plan, {})) plan.name = 'died';
    await other.flush();
    await other.getConnection('write').commit(other.getTransactionContext() as never);
    await rename('last');
  }
  expect([await nameOf('a'), await nameOf('b')]).toEqual(['last', 'died']);
  await expectConverged();
});
