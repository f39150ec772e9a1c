import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { afterEach, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from './plans.fixture.ts';
import { openSystem, type TestEntityManager, type TestSystem, withoutVersions } from './system.fixture.ts';

// TENANTRY_SEED=… replays the choices; how the three writers overtake each other is the servers' business.
const TENANTS = ['acme', 'zeta', 'a:b'];
const WRITERS = 3;
const STEPS = 60;

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

/** One change of the unit of work, flushed by the caller. */
async function change(em: TestEntityManager, random: SeededRandom): Promise<void> {
  const pick = async () => {
    const rows = await em.find(Plan, {}, { orderBy: { id: 1 } });
    return rows.length > 0 ? random.pick(rows) : undefined;
  };
  const slug = () => `s${random.int(1, 40)}`;
  const tenantId = random.pick(TENANTS);
  switch (random.int(0, 9)) {
    case 0:
    case 1:
    case 2:
      em.create(Plan, { tenantId, slug: random.chance(0.8) ? slug() : null, name: random.word(5) });
      return;
    case 3: {
      const plan = await pick();
      if (plan) plan.slug = random.chance(0.8) ? slug() : null;
      return;
    }
    case 4: {
      const plan = await pick();
      if (plan) plan.tenantId = tenantId;
      return;
    }
    case 5: {
      const plan = await pick();
      if (plan) em.remove(plan);
      return;
    }
    case 6: {
      const plan = await pick();
      // A memory that knows nothing of the row.
      const fork = em.fork({ keepTransactionContext: true, clear: true });
      if (plan) fork.getReference(Plan, plan.id).name = random.word(5);
      await fork.flush();
      return;
    }
    case 7: {
      const [one, two] = [await pick(), await pick()];
      if (!one || !two || one === two) return;
      const slugs = [one.slug, two.slug] as const;
      one.slug = null;
      await em.flush();
      two.slug = slugs[0] ?? null;
      await em.flush();
      one.slug = slugs[1] ?? null;
      return;
    }
    case 8:
      em.create(Limit, { tenantId, amount: random.int(0, 9) });
      return;
    default: {
      const plan = await pick();
      if (plan) plan.name = random.word(5);
    }
  }
}

async function step(random: SeededRandom): Promise<void> {
  const em = system.em();
  switch (random.int(0, 4)) {
    case 0:
      return em.transactional(async each => {
        for (let i = random.int(1, 3); i > 0; i--) {
          await change(each as TestEntityManager, random);
          await each.flush();
        }
        if (random.chance(0.25)) throw new Error('rolled back');
      });
    case 1:
      return em.transactional(async outer => {
        await change(outer as TestEntityManager, random);
        await outer.flush();
        const nested = outer.transactional(async inner => {
          await change(inner as TestEntityManager, random);
          await inner.flush();
          if (random.chance(0.5)) throw new Error('rolled back');
        });
        await nested.catch(error => {
          if (error.message !== 'rolled back') throw error;
        });
        await change(outer as TestEntityManager, random);
      });
    case 2: {
      await em.begin();
      try {
        await change(em, random);
        await em.commit();
      } catch (error) {
        await em.rollback();
        throw error;
      }
      return;
    }
    default:
      await change(em, random);
      await change(em, random);
      await em.flush();
  }
}

it.each([
  { publishTimeoutMs: 5_000, how: 'at once' },
  { publishTimeoutMs: 0, how: 'by relays alone' },
  { publishTimeoutMs: 3, how: 'at once where that is quick, else by relays' },
])(
  'whatever three writers do, the keys in Redis are those of the tables at the end, and none ever went back: published $how',
  async ({ publishTimeoutMs }) => {
    system = await openSystem({
      sync: [
        [Plan, plans],
        [Limit, limits],
      ],
      tenantry: { publishTimeoutMs, feedLength: 100_000, relayBatchSize: 7 },
    });
    const first = seededRandom();
    const replay = `TENANTRY_SEED=${first.seed}`;
    const failures: unknown[] = [];
    let writing = true;
    const relay = async () => {
      while (writing) await system.replication.relay();
    };
    const write = async (n: number) => {
      const random = seededRandom(first.seed + n);
      for (let i = 0; i < STEPS; i++) {
        // Duplicates, deadlocks and rows that are gone by now are what writers meet.
        await step(random).catch(error => failures.push(error));
      }
    };
    const relays = publishTimeoutMs === 5_000 ? [] : [relay(), relay()];
    await Promise.all(Array.from({ length: WRITERS }, (_, n) => write(n)));
    writing = false;
    await Promise.all(relays);
    await system.drain();

    expect(await withoutVersions(system), replay).toEqual(await system.expectedKeys());
    expect(await system.replication.deadRows(), replay).toEqual([]);
    const unexpected = failures.filter(
      error => !/rolled back|Duplicate|[Dd]eadlock|changed since last read|Lock wait/.test(String(error)),
    );
    expect(unexpected, replay).toEqual([]);
    expect(failures.length, replay).toBeLessThan((WRITERS * STEPS) / 2);
    for (const tenant of TENANTS) {
      const versions = new Map<string, number>();
      for (const { changes } of await system.feed(tenant)) {
        for (const { owner, version } of changes) {
          expect(version, replay).toBeGreaterThan(versions.get(owner) ?? 0);
          versions.set(owner, version);
        }
      }
    }
  },
  60_000,
);
