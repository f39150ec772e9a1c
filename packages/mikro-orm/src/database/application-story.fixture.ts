import { defineEntity, type InferEntity, type Options, p } from '@mikro-orm/core';
import { defineConfig, defineSync } from '@tenantry/protocol';
import { freshPrefix } from '@tenantry/testing';
import { expect } from 'vitest';
import { z } from 'zod';
import { configStore } from '../config-store/config-store.ts';
import { databaseSource } from '../configs/database-source.ts';
import { expectedKeys } from '../expected-keys.fixture.ts';
import { openOrm, openSystem, type TestSystem, withoutVersions } from '../system.fixture.ts';

export const Tag = defineEntity({
  name: 'Tag',
  properties: { id: p.integer().primary(), tenantId: p.string(), label: p.string() },
});
export const Deal = defineEntity({
  name: 'Deal',
  orderBy: { slug: 'desc' },
  properties: {
    id: p.integer().primary(),
    tenantId: p.string(),
    slug: p.string(),
    notes: p.text().lazy().nullable(),
    endsAt: p.datetime().nullable(),
    tag: () => p.manyToOne(Tag).nullable(),
    tags: () => p.manyToMany(Tag),
  },
});
export type Deal = InferEntity<typeof Deal>;
export const deals = defineSync<Deal>()({ name: 'deals', tenant: 'tenantId', keys: { id: ['id'], slug: ['slug'] } });
// It is not about time: a busy machine may have it.
const PATIENT = { cacheTimeout: '30s', databaseTimeout: '60s' } as const;
const mode = defineConfig({ name: 'mode', schema: z.object({ on: z.boolean() }), ...PATIENT });
const limit = defineConfig({ name: 'limit', schema: z.number(), ...PATIENT });

// These decide how a row is read by anybody, not by us.
const ofTheReader = ['namingStrategy', 'forceUtcTimezone', 'timezone', 'driverOptions', 'schema'] as const;

/** What an application and its worker do, each step followed by a look at both sides. */
export async function expectSameStory(orm: Partial<Options>, capture: 'hooks' | 'trigger'): Promise<void> {
  const shared = { sync: [[Deal, deals]] as never, entities: [Deal, Tag], orm };
  const tenantry = { capture, configs: [mode, limit], maxConfigsPerTenant: 2 };
  await using system = await openSystem({ ...shared, tenantry });
  const { database, prefix, replication } = system;
  const own = Object.fromEntries(Object.entries(orm).filter(([name]) => ofTheReader.includes(name as never)));
  const plain = await openOrm(database, { entities: [Deal, Tag], ...own });
  const expectTables = async (other: TestSystem = system) => {
    const { 'acme/@config:mode': _config, ...rows } = await withoutVersions(other);
    expect(rows).toEqual(await expectedKeys(plain, [[Deal, deals]] as never));
  };
  try {
    await write(system, 1);
    await expectTables();
    await change(system, 1);
    await expectTables();
    expect(system.reportsOf('deferred')).toEqual([]);
    await replication.settled();
    expect(await replication.backlog()).toEqual({ waiting: 0, dead: 0 });

    await using late = await openSystem({
      ...{ ...shared, database, prefix },
      tenantry: { ...tenantry, publish: 'relay' },
    });
    await write(late, 11);
    await change(late, 11);
    expect((await replication.backlog()).waiting).toBeGreaterThan(0);
    await system.drain();
    await expectTables();
    expect(await replication.deadRows()).toEqual([]);

    const [lost] = await system.redis.keys(`${prefix}:{acme}:k:*`);
    await system.redis.del(lost as string);
    expect(await replication.audit({ repair: false })).toMatchObject({ complete: true, left: 1 });
    await replication.republish(Deal, { tags: { label: 'blue' } });
    await replication.backfill(Deal);
    await expectTables();
    await expectConfigs(system);
    expect(await replication.audit()).toMatchObject({ complete: true, left: 0 });

    const empty = freshPrefix();
    await using filled = await openSystem({ ...shared, tenantry, database, prefix: empty.prefix });
    expect(await filled.replication.fillIfEmpty()).toBe(true);
    await expectTables(filled);
    expect(await filled.value('acme', '@config:mode')).toEqual({ on: false });
    expect(await filled.replication.audit()).toMatchObject({ complete: true, left: 0 });
    await empty.close();
  } finally {
    await plain.close(true);
  }
}

const forked = (system: TestSystem) => {
  const em = system.em();
  em.setFilterParams('mine', { tenant: 'acme' });
  return em;
};

async function write(system: TestSystem, first: number): Promise<void> {
  const em = forked(system);
  const [blue, red] = ['blue', 'red'].map((label, i) => em.create(Tag, { id: first + i, tenantId: 'acme', label }));
  for (const [i, tenantId] of ['acme', 'acme', 'zoo'].entries()) {
    const id = first + i;
    const deal = em.create(Deal, {
      id,
      tenantId,
      slug: `s-${id}`,
      notes: `n-${id}`,
      endsAt: new Date(1e12),
      tag: blue,
    });
    deal.tags.add(blue as never, red as never);
    em.persist(deal);
  }
  em.persist([blue, red] as never);
  await em.flush();
}

/** One row is changed, one loses a tag, one moves to another tenant, one goes. */
async function change(system: TestSystem, first: number): Promise<void> {
  const em = forked(system);
  const all = { filters: false, cache: false, disableIdentityMap: false } as const;
  const found = await em.find(Deal, { id: { $gte: first } }, { ...all, populate: ['tags'], populateWhere: 'all' });
  const [one, two, three] = found.sort((a, b) => a.id - b.id) as unknown as [Deal, Deal, Deal];
  one.slug = `changed-${first}`;
  one.tags.remove(one.tags[1] as never);
  two.tenantId = 'zoo';
  em.remove(three);
  await em.flush();
}

async function expectConfigs(system: TestSystem): Promise<void> {
  const store = configStore(system.orm);
  const acme = store.tenant('acme');
  expect(await acme.set(mode, { on: true })).toMatchObject({ version: 1, published: 'now' });
  expect(await acme.set(mode, { on: false })).toMatchObject({ version: 2, published: 'now' });
  await acme.set(limit, 3);
  expect(await acme.get(mode)).toMatchObject({ value: { on: false }, version: 2 });
  expect((await acme.list()).items.map(({ name }) => name)).toEqual(['limit', 'mode']);
  expect((await acme.history(mode)).items.map(({ version }) => version)).toEqual([2, 1]);
  expect((await store.tenants()).items).toEqual(['acme']);
  expect(await databaseSource(system.orm).load('acme', [mode])).toMatchObject([{ version: 2 }]);
  await acme.unset(limit);
  expect((await acme.list()).items.map(({ name }) => name)).toEqual(['mode']);
  await store.trimRevisions();
}
