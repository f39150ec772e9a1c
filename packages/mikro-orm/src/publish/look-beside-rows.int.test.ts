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

/** So many at once have an outbox row each. */
const FLUSHED = 10;

/** In one transaction. */
async function create(...slugs: string[]) {
  const em = system.em();
  const all: Plan[] = [];
  const inParts = async (change: (slug: string, i: number) => void) => {
    await em.begin();
    for (const [i, slug] of slugs.entries()) {
      change(slug, i);
      if ((i + 1) % FLUSHED === 0) await em.flush();
    }
    await em.commit();
  };
  await inParts(slug => all.push(em.create(Plan, { tenantId: 'acme', slug, name: '0' })));
  const rename = (name: string) =>
    inParts((_, i) => {
      (all[i] as Plan).name = name;
    });
  return { em, all, rename };
}

const SLUGS = Array.from({ length: 400 }, (_, i) => `${i}`);
const nameOf = async (slug: string) => ((await system.value('acme', `plans:slug:${slug}`)) as Plan | undefined)?.name;

async function expectConverged(): Promise<void> {
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

it('comes with one of the rows, and names those that are counted where nothing else waits', async () => {
  const looks = await openWatched();
  await create('a', 'b', 'c');
  expect(looks).toEqual([['1 3=']]);
  expect(await nameOf('c')).toBe('0');
  await expectConverged();
});

it('names nothing where one outbox row names all records, and nothing else waits', async () => {
  const looks = await openWatched();
  const em = system.em();
  for (const slug of SLUGS) em.create(Plan, { tenantId: 'acme', slug, name: '0' });
  await em.flush();
  expect(looks).toEqual([['0 ']]);
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
  // A thousand ids of at most four digits, each with its end, how many they are, and one that is counted of each flush.
  const listed = 1_000 + SLUGS.length / FLUSHED;
  const most = `${listed} `.length + listed * '1234+'.length;
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
