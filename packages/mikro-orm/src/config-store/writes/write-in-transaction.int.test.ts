import { IsolationLevel } from '@mikro-orm/core';
import { defineConfig, TenantryError } from '@tenantry/protocol';
import { BUSY_MS } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allConfigs, apiKey, counter, limit, session, theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { ConfigRevision } from '../../tables/config-tables.ts';
import { writeBack } from '../../write-back/write-back.ts';
import { type ConfigStore, configStore, type TenantConfigs } from '../config-store.ts';

const hurried = defineConfig({ name: 'hurried', schema: z.string(), databaseTimeout: '300ms' });
const text = defineConfig({ name: 'n'.repeat(100), schema: z.string() });
const backText = defineConfig({ name: 'b'.repeat(100), schema: z.string(), writePolicy: 'write-back' });
const any = defineConfig({ name: 'any', schema: z.unknown() });
const bulk = Array.from({ length: 400 }, (_, i) =>
  defineConfig({ name: `bulk/${i}`, schema: z.string(), databaseTimeout: '60s', cacheTimeout: '10s' }),
);

let system: TestSystem;
let store: ConfigStore;
let tenants = 0;

beforeAll(async () => {
  system = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { configs: [...allConfigs, hurried, text, backText, any, ...bulk] },
  });
  store = configStore(system.orm);
});
afterAll(() => system[Symbol.asyncDispose]());

function fresh(): { id: string; configs: TenantConfigs } {
  const id = `tenant-${++tenants}`;
  return { id, configs: store.tenant(id) };
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    error => error,
  );

async function historyOf(tenant: string, name: string) {
  const found = await system.em().find(ConfigRevision, { tenant, name }, { orderBy: { version: 'asc' } });
  return found.map(({ version, value }) => [Number(version), value]);
}

describe("in the caller's transaction", () => {
  it('several writes of one config are so many versions, and readers see the last', async () => {
    const { id, configs } = fresh();
    const em = system.em();
    await em.begin();
    expect((await configs.set(limit, 1, { em })).version).toBe(1);
    expect((await configs.set(limit, 2, { em, ifVersion: 1 })).version).toBe(2);
    expect(await failureOf(configs.set(limit, 3, { em, ifVersion: 1 }))).toMatchObject({ code: 'CONFLICT' });
    expect((await configs.unset(limit, { em })).version).toBe(3);
    expect((await configs.create(limit, 4, { em })).version).toBe(4);
    expect((await configs.set(theme, { color: 'red' }, { em })).version).toBe(1);
    expect((await configs.unset(theme, { em })).version).toBe(2);
    expect(await system.feed(id)).toEqual([]);
    await em.commit();
    expect(await system.value(id, limit.address)).toBe(4);
    expect(await system.value(id, theme.address)).toBeUndefined();
    expect(await system.feed(id)).toHaveLength(1);
    await system.drain();
    expect(await system.feed(id)).toHaveLength(1);
  });

  it('begun and rolled back, nothing is left', async () => {
    const { id, configs } = fresh();
    const em = system.em();
    await em.begin();
    await configs.set(limit, 1, { em });
    await em.rollback();
    expect(await configs.get(limit)).toBeUndefined();
    expect(await system.feed(id)).toEqual([]);
    await em.begin();
    await configs.set(limit, 2, { em });
    await em.commit();
    expect(await system.value(id, limit.address)).toBe(2);
    expect(await historyOf(id, limit.name)).toEqual([[1, '2']]);
  });

  it('what is taken away is what the transaction has, not what stands outside of it', async () => {
    const { id, configs } = fresh();
    await configs.set(theme, { color: 'red' });
    const em = system.em();
    await em.begin();
    await configs.unset(theme, { em });
    await configs.set(limit, 1, { em });
    expect(await configs.unsetMany([theme, limit, counter], { em })).toBe(1);
    await em.commit();
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
    expect(await system.value(id, limit.address)).toBeUndefined();
  });

  it('what others took away after it began is not looked for again and again', async () => {
    const { configs } = fresh();
    await configs.set(theme, { color: 'red' });
    await configs.set(limit, 1);
    const work = system.orm.em.fork().transactional(
      async em => {
        expect(await configs.get(theme)).toBeDefined();
        await em.getConnection('write').execute('select * from tenantry_config', [], 'all', em.getTransactionContext());
        await new Promise<void>((resolve, reject) => {
          const outside = system.em();
          void outside
            .begin()
            .then(() => configs.unset(theme, { em: outside as never }))
            .then(() => outside.commit())
            .then(resolve, reject);
        });
        expect(await configs.unsetMany([theme, limit])).toBe(1);
      },
      { isolationLevel: IsolationLevel.REPEATABLE_READ },
    );
    if (system.database.kind === 'postgresql') {
      // There nobody can lock at this level what has changed since: the whole transaction is to be tried again.
      await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
      expect([...(await configs.getMany([theme, limit])).keys()]).toEqual([limit.name]);
      return;
    }
    await work;
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
  });

  it('a second write of a config does not wait for a write-back that came after the first', async () => {
    const { id, configs } = fresh();
    const em = system.em();
    await em.begin();
    await configs.set(counter, { n: 1 }, { em });
    await configs.set(counter, { n: 2 });
    const startedAt = performance.now();
    expect(await failureOf(configs.set(counter, { n: 3 }, { em }))).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(BUSY_MS);
    await em.commit();
    await writeBack(system.orm).flush(id);
    expect((await historyOf(id, counter.name)).map(([, value]) => value).sort()).toEqual([
      '{"n":1}',
      '{"n":2}',
      '{"n":3}',
    ]);
  });

  it('what the database refuses names neither the value nor the statement', async () => {
    const { configs } = fresh();
    await system.sql("alter table tenantry_config_revision add constraint refuse_me check (origin <> 'refused')");
    const secret = { url: 'https://example.com', key: 'hunter2-hunter2' };
    for (const where of ['own', 'caller'] as const) {
      const em = system.em();
      if (where === 'caller') await em.begin();
      const options = { origin: 'refused', ...(where === 'caller' ? { em: em as never } : {}) };
      const error = await failureOf(configs.set(apiKey, secret, options));
      if (where === 'caller') await em.rollback();
      expect(error).toBeInstanceOf(TenantryError);
      expect(`${error.message} ${JSON.stringify(error)} ${error.cause?.message ?? ''}`).not.toMatch(/hunter2|insert/i);
    }
  });

  it('a config that is deregistered meanwhile is not written at all', async () => {
    const { id } = fresh();
    const late = defineConfig({ name: `late-${id}`, schema: z.number() });
    await store.register(late);
    await store.tenant(id).set(late, 1);
    const holder = system.em();
    await holder.begin();
    await store.tenant(id).set(late, 2, { em: holder as never });
    const em = system.em();
    await em.begin();
    const writing = failureOf(store.tenant(id).set(late, 3, { em: em as never }));
    const deregistering = store.deregister(late).catch(error => error);
    await holder.commit();
    expect(await writing).toMatchObject({ code: 'NOT_REGISTERED' });
    await em.commit();
    await deregistering;
    expect(await historyOf(id, late.name)).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
  });
});

describe('a write that took too long', () => {
  it('is not made after its caller was told so', async () => {
    const { id, configs } = fresh();
    const holder = system.em();
    await holder.begin();
    await configs.set(hurried, 'first', { em: holder as never });
    expect(await failureOf(configs.set(hurried, 'late'))).toMatchObject({ code: 'TIMEOUT' });
    await holder.commit();
    expect((await failureOf(configs.set(hurried, 'second'))) ?? 'fine').toBe('fine');
    await system.drain();
    expect((await historyOf(id, hurried.name)).map(([, value]) => value)).toEqual(['"first"', '"second"']);
    expect(await system.value(id, hurried.address)).toBe('second');
  });
});

describe('large things', () => {
  it('hundreds at once are written, and become visible in one step', async () => {
    const { id, configs } = fresh();
    const results = await configs.setMany(bulk.map(config => [config, 'x'] as const) as never);
    expect(results).toHaveLength(400);
    expect((results as { version: number }[]).every(({ version }) => version === 1)).toBe(true);
    await system.drain();
    expect(await system.feed(id)).toHaveLength(1);
    await configs.setMany(bulk.map(config => [config, 'y'] as const) as never);
    expect((await configs.getMany(bulk)).size).toBe(400);
  });

  it('a hundred of the largest values are one write', async () => {
    const { configs } = fresh();
    const value = '🦄'.repeat(65_000);
    const results = await configs.setMany(bulk.slice(0, 100).map(config => [config, value] as const) as never);
    expect(results).toHaveLength(100);
    const found = await configs.getMany(bulk.slice(0, 100));
    expect([...found.values()].every(stored => stored.value === value)).toBe(true);
  });

  it('the longest names, the largest values and the deepest come back as they were', async () => {
    const { id, configs } = fresh();
    const value = '🦄'.repeat(65_535);
    await configs.set(text, value);
    await configs.set(backText, value);
    expect((await configs.get(text))?.value).toBe(value);
    expect(await system.value(id, text.address)).toBe(value);
    await writeBack(system.orm).flush(id);
    expect(await configs.get(backText)).toMatchObject({ value, dirty: false });
    let deep: unknown = 1;
    for (let i = 0; i < 63; i++) deep = { deep };
    await configs.set(any, deep);
    expect((await configs.get(any))?.value).toEqual(deep);
  });

  it.each([8_640_000_000_000_000, 4_102_444_800_000])('a value may end as late as %d', async expiresAt => {
    const { id, configs } = fresh();
    for (const [config, value] of [
      [theme, { color: 'red' }],
      [counter, { n: 1 }],
      [session, { user: 'ann' }],
    ] as const) {
      await configs.set(config as never, value as never, { expiresAt });
      expect((await configs.get(config as never))?.expiresAt?.getTime()).toBe(expiresAt);
      expect(await system.value(id, config.address)).toBeDefined();
    }
    await writeBack(system.orm).flush(id);
    expect((await configs.get(counter))?.expiresAt?.getTime()).toBe(expiresAt);
  });

  it('an end that no date can have is refused', async () => {
    const { configs } = fresh();
    expect(await failureOf(configs.set(limit, 1, { expiresAt: Number.MAX_SAFE_INTEGER }))).toMatchObject({
      code: 'INVALID_OPTION',
    });
  });
});

describe('a Redis that came back without the last write-back', () => {
  it('loses none that it acknowledges from then on', async () => {
    const { id, configs } = fresh();
    const { names } = system.replication.replica;
    await configs.set(counter, { n: 1 });
    await writeBack(system.orm).flush(id);
    const kept = [names.of(id).records, names.of(id).keyPrefix + counter.address];
    const dumps = await Promise.all(kept.map(name => system.redis.dumpBuffer(name)));
    await configs.set(counter, { n: 2 });
    await writeBack(system.orm).flush(id);
    for (const [i, name] of kept.entries()) await system.redis.restore(name, 0, dumps[i] as Buffer, 'REPLACE');
    expect(await configs.set(counter, { n: 3 })).toMatchObject({ persisted: false });
    await writeBack(system.orm).flush(id);
    expect((await configs.get(counter))?.value).toEqual({ n: 3 });
    expect(await system.value(id, counter.address)).toEqual({ n: 3 });
    expect((await historyOf(id, counter.name)).map(([, value]) => value)).toContain('{"n":3}');
  });
});

it('what goes to no database is not looked for by a flush', async () => {
  const { id, configs } = fresh();
  await configs.set(session, { user: 'ann' });
  expect(await writeBack(system.orm).dirtyTenants()).not.toContain(id);
});
