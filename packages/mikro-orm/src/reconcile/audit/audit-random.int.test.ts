import { effort, eventually, seededRandom } from '@tenantry/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem, withoutVersions } from '../../system.fixture.ts';

const TENANTS = ['acme', 'zeta', 'a:b'];

let system: TestSystem;
beforeAll(async () => {
  system = await openSystem({
    sync: [
      [Plan, plans],
      [Limit, limits],
    ],
  });
});
afterAll(() => system?.[Symbol.asyncDispose]());

const tenant = fc.constantFrom(...TENANTS);
const id = fc.integer({ min: 1, max: 8 });
const slug = fc.option(
  fc.integer({ min: 1, max: 8 }).map(n => `s${n}`),
  { nil: null },
);

/** What happens: writes by the unit of work, writes that nothing captures, and damage in Redis itself. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), id, tenant, slug }),
  fc.record({ kind: fc.constant('remove' as const), id }),
  fc.record({ kind: fc.constant('raw write' as const), id, tenant, slug }),
  fc.record({ kind: fc.constant('raw delete' as const), id }),
  fc.record({ kind: fc.constant('raw name' as const), id }),
  fc.record({ kind: fc.constant('lose a key' as const), nth: fc.nat(50) }),
  fc.record({ kind: fc.constant('copy a key' as const), nth: fc.nat(50), to: fc.nat(50) }),
  fc.record({ kind: fc.constant('spoil a key' as const), nth: fc.nat(50) }),
  fc.record({ kind: fc.constant('lose a record' as const), tenant, id }),
  fc.record({ kind: fc.constant('lose a tenant' as const), tenant }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function take(each: Step): Promise<void> {
  const { redis, prefix, sql } = system;
  const { names } = system.replication.replica;
  const nthKey = async (nth: number) => {
    const keys = (await redis.keys(`${prefix}:{*}:k:*`)).sort();
    return keys[nth % keys.length];
  };
  switch (each.kind) {
    case 'write': {
      const em = system.em();
      const plan = await em.findOne(Plan, each.id);
      const values = { tenantId: each.tenant, slug: each.slug, name: `of ${each.tenant}` };
      if (plan) em.assign(plan, values);
      else em.create(Plan, { id: each.id, ...values });
      return em.flush();
    }
    case 'remove': {
      const em = system.em();
      const plan = await em.findOne(Plan, each.id);
      if (plan) await em.remove(plan).flush();
      return;
    }
    case 'raw write':
      await sql('delete from plan where id = ? or slug = ?', [each.id, each.slug]);
      await sql('insert into plan (id, tenant_id, slug, name) values (?, ?, ?, ?)', [
        ...[each.id, each.tenant, each.slug, 'raw'],
      ]);
      return;
    case 'raw delete':
      await sql('delete from plan where id = ?', [each.id]);
      return;
    case 'raw name':
      await sql("update plan set name = concat(name, '!') where id = ?", [each.id]);
      return;
    case 'lose a key': {
      const key = await nthKey(each.nth);
      if (key) await redis.del(key);
      return;
    }
    case 'copy a key': {
      const [from, to] = [await nthKey(each.nth), await nthKey(each.to)];
      // To another tenant, a key cannot stray: nothing of ours copies between slots.
      if (from && to && from !== to && from.split('}')[0] === to.split('}')[0]) await redis.copy(from, to, 'REPLACE');
      return;
    }
    case 'spoil a key': {
      const key = await nthKey(each.nth);
      const bytes = key && (await redis.getBuffer(key));
      if (key && bytes) await redis.set(key, Buffer.concat([bytes.subarray(0, -1), Buffer.from([0xc3])]));
      return;
    }
    case 'lose a record':
      await redis.hdel(names.of(each.tenant).records, `plans:${each.id}`);
      return;
    case 'lose a tenant': {
      const keys = await redis.keys(`${names.of(each.tenant).keyPrefix.slice(0, -2)}*`);
      if (keys.length > 0) await redis.del(...keys);
    }
  }
}

it('whatever was written and whatever was damaged, after a repair Redis is what the tables say', async () => {
  const { seed } = seededRandom();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async steps => {
      // A slug that is taken is what writers meet.
      for (const each of steps) await take(each).catch(ignoreDuplicates);
      await system.replication.settled();
      const repaired = await system.replication.audit({ repair: true, graceMs: 300, batchSize: 3 });
      expect(repaired.complete).toBe(true);
      const again = await system.replication.audit({ graceMs: 300 });
      expect(again).toMatchObject({ left: 0, waiting: 0 });
      expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
    }),
    { seed, numRuns: effort(8), endOnFailure: true },
  );
});

it.each([
  ['a row that is deleted', 21, true],
  ['a row that lives on', 31, false],
])(
  'a key of %s, which passes to another row while the audit reads who has it, is no finding',
  async (_, id, isDeleted) => {
    const { redis, replication } = system;
    const em = system.em();
    const giver = em.create(Plan, { id, tenantId: 'acme', slug: `moved-${id}`, name: '' });
    const taker = em.create(Plan, { id: id + 1, tenantId: 'acme', slug: null, name: '' });
    await em.flush();
    await system.drain();
    const key = `${replication.replica.names.of('acme').keyPrefix}plans:slug:moved-${id}`;
    expect(await redis.exists(key)).toBe(1);
    const read = redis.getrangeBuffer.bind(redis);
    let passes = true;
    redis.getrangeBuffer = (async (name: string, start: number, end: number) => {
      const head = await read(name, start, end);
      if (!passes || name !== key) return head;
      passes = false;
      if (isDeleted) em.remove(giver);
      else em.assign(giver, { slug: null });
      await em.flush();
      em.assign(taker, { slug: `moved-${id}` });
      await em.flush();
      await system.drain();
      return head;
    }) as typeof redis.getrangeBuffer;
    const found: string[] = [];
    await replication.audit({ onFinding: ({ kind, owner }) => found.push(`${kind} ${owner}`) });
    redis.getrangeBuffer = read;
    expect(passes).toBe(false);
    expect(found).toEqual([]);
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  },
);

it('with three writers at work it finds nothing that is not so, and breaks nothing', async () => {
  const random = seededRandom();
  let writing = true;
  const writer = async (n: number) => {
    const mine = seededRandom(random.seed + n);
    while (writing) {
      const each = { id: mine.int(1, 8), tenant: mine.pick(TENANTS), slug: `s${mine.int(1, 8)}` };
      await take(mine.chance(0.8) ? { kind: 'write', ...each } : { kind: 'remove', id: each.id }).catch(
        ignoreDuplicates,
      );
    }
  };
  const writers = [writer(1), writer(2), writer(3)];
  const found: string[] = [];
  for (let i = 0; i < effort(4); i++)
    await system.replication.audit({
      repair: i % 2 === 1,
      graceMs: 100,
      batchSize: 3,
      onFinding: ({ kind, tenant: of, owner, address }) => found.push(`${kind} ${String(of)} ${owner} ${address}`),
    });
  writing = false;
  await Promise.all(writers);
  await eventually(async () => (await system.replication.backlog()).waiting === 0 || system.drain().then(() => true));
  expect(found, `TENANTRY_SEED=${random.seed}`).toEqual([]);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(await system.replication.audit()).toMatchObject({ left: 0, waiting: 0 });
});

function ignoreDuplicates(error: unknown): void {
  if (!/[Dd]uplicate|[Dd]eadlock|changed since last read|Lock wait|not found/.test(String(error))) throw error;
}
