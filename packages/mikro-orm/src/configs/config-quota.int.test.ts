import { defineConfig, TenantryError } from '@tenantry/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigStore, configStore } from '../config-store/config-store.ts';
import type { TenantConfigs } from '../config-store/tenant-configs.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { type WriteBack, writeBack } from '../write-back/write-back.ts';
import { RESERVED_MS } from './config-quota.ts';

// On two busy cores, what is not about time must not depend on it.
const patient = { schema: z.number(), cacheTimeout: '20s', databaseTimeout: '20s' } as const;
const define = (name: string) => defineConfig({ ...patient, name, writePolicy: 'write-back' });
const [a, b, c, d] = ['back/a', 'back/b', 'back/c', 'back/d'].map(define) as [Config, Config, Config, Config];
const many = Array.from({ length: 20 }, (_, i) => define(`many/${i}`));
const [through, alsoThrough] = ['through', 'through/too'].map(name => defineConfig({ ...patient, name })) as [
  Config,
  Config,
];
const around = defineConfig({ ...patient, name: 'around', writePolicy: 'write-around' });
const memory = defineConfig({ name: 'memory', schema: z.number(), cacheTimeout: '20s', persistence: 'none' });
const configs = [a, b, c, d, ...many, through, alsoThrough, around, memory];
type Config = ReturnType<typeof define>;

const QUOTA = 3;
let system: TestSystem;
let store: ConfigStore;
let back: WriteBack;
let ahead = 0;
let tenants = 0;
let id: string;
let acme: TenantConfigs;

beforeAll(async () => {
  const clock = () => Date.now() + ahead;
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs, clock, maxConfigsPerTenant: QUOTA } });
  store = configStore(system.orm);
  back = writeBack(system.orm);
});
afterAll(() => system[Symbol.asyncDispose]());
beforeEach(() => {
  ahead = 0;
  id = `tenant-${++tenants}`;
  acme = store.tenant(id);
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'written',
    error => (error instanceof TenantryError ? error.code : error),
  );
const namesOf = async () => (await acme.list()).items.map(({ name }) => name);
/** How many configs the database has set. */
async function rows(): Promise<number> {
  const [row] = await system.sql<{ n: number | string }>(
    'select count(*) as n from tenantry_config where tenant = ? and version > 0 and deleted_at is null',
    [id],
  );
  return Number(row?.n);
}
/** What Redis has of this tenant is lost. */
async function lose(): Promise<void> {
  const keys = await system.redis.keys(`${system.prefix}:{${id}}:*`);
  if (keys.length > 0) await system.redis.del(...keys);
}

describe('a write-back at the quota', () => {
  // E8
  it('is refused where it would be one more, and not where it changes what is set', async () => {
    for (const config of [a, b, c]) await acme.set(config, 1);
    const refused = acme.set(d, 1);
    await expect(refused).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', retryable: false });
    expect(await codeOf(acme.create(d, 1))).toBe('QUOTA_EXCEEDED');
    expect(await codeOf(acme.create(a, 1))).toBe('KEY_EXISTS');
    expect((await acme.set(a, 2)).version).toBe(2);
    expect((await acme.update(b, 2)).version).toBe(2);
    expect(await namesOf()).toEqual(['back/a', 'back/b', 'back/c']);
    expect(await system.value(id, d.address)).toBeUndefined();
    await back.flush(id);
    expect(await rows()).toBe(3);
    expect(await codeOf(acme.set(d, 1))).toBe('QUOTA_EXCEEDED');
    expect((await acme.set(c, 2)).version).toBe(2);
    expect(await codeOf(store.tenant(`${id}-other`).set(d, 1))).toBe('written');
  });

  it('counts as soon as it is acknowledged, also for the other policies, and they for it', async () => {
    await acme.set(through, 1);
    await acme.set(a, 1);
    await acme.set(around, 1);
    for (const config of [b, alsoThrough]) expect(await codeOf(acme.set(config, 1))).toBe('QUOTA_EXCEEDED');
    await back.flush(id);
    for (const config of [b, alsoThrough]) expect(await codeOf(acme.set(config, 1))).toBe('QUOTA_EXCEEDED');
    await acme.unset(through);
    expect(await codeOf(acme.set(b, 1))).toBe('written');
  });

  it('leaves its place at once when it is unset, and needs one to be set again', async () => {
    for (const config of [a, b, c]) await acme.set(config, 1);
    await acme.unset(a);
    expect(await codeOf(acme.set(d, 1))).toBe('written');
    expect(await codeOf(acme.set(a, 2))).toBe('QUOTA_EXCEEDED');
    await acme.unset(b);
    await acme.set(alsoThrough, 1);
    await back.flush(id);
    expect(await rows()).toBe(3);
    expect(await codeOf(acme.set(a, 2))).toBe('QUOTA_EXCEEDED');
    await acme.unset(c);
    expect((await acme.set(a, 2)).version).toBe(3);
    await acme.unset(a);
    await acme.set(a, 3);
    await back.flush(id);
    expect(await namesOf()).toEqual(['back/a', 'back/d', 'through/too']);
    expect(await rows()).toBe(3);
  });

  it('gives the last place to exactly one of many', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    const all = await Promise.all(many.map(config => codeOf(acme.create(config, 1))));
    expect(all.filter(code => code === 'written')).toHaveLength(1);
    expect(all.filter(code => code === 'QUOTA_EXCEEDED')).toHaveLength(19);
    await back.flush(id);
    expect(await rows()).toBe(3);
  });

  it('gives it to one of two processes and three policies', async () => {
    await using other = await openSystem({
      sync: [[Plan, plans]],
      database: system.database,
      prefix: system.prefix,
      tenantry: { configs, maxConfigsPerTenant: QUOTA },
    });
    const beside = configStore(other.orm).tenant(id);
    await acme.set(a, 1);
    const wanted = [...many.slice(0, 6), through, around, alsoThrough];
    const all = await Promise.all(wanted.flatMap((config, i) => [codeOf((i % 2 ? acme : beside).set(config, 1))]));
    expect(all.filter(code => code === 'written')).toHaveLength(2);
    await back.flush(id);
    expect(await rows()).toBe(3);
  });

  it('takes one place however many write it for the first time', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => codeOf(acme.set(c, i))));
    expect(new Set(all)).toEqual(new Set(['written']));
    expect((await acme.get(c))?.version).toBe(10);
  });

  it('in a bulk: all or none, or each for itself', async () => {
    await acme.set(a, 1);
    expect(await codeOf(acme.setMany([b, c, d].map(config => [config, 1] as const)))).toBe('QUOTA_EXCEEDED');
    expect(await namesOf()).toEqual(['back/a']);
    const each = await acme.setMany(
      [b, c, d].map(config => [config, 1] as const),
      { atomic: false },
    );
    expect(each.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(each[2]).toMatchObject({ error: { code: 'QUOTA_EXCEEDED' } });
    await acme.setMany([a, b, c].map(config => [config, 2] as const));
    expect(await namesOf()).toEqual(['back/a', 'back/b', 'back/c']);
  });

  it('is needed for a rollback that sets it again', async () => {
    await acme.set(a, 1);
    await back.flush(id);
    await acme.unset(a);
    for (const config of [b, c, d]) await acme.set(config, 1);
    expect(await codeOf(acme.rollback(a, 1))).toBe('QUOTA_EXCEEDED');
    await acme.unset(b);
    expect((await acme.rollback(a, 1)).version).toBe(3);
  });

  it('does not concern what is kept in Redis alone, and such a config takes no place', async () => {
    await acme.set(memory, 1);
    for (const config of [a, b, c]) await acme.set(config, 1);
    await acme.set(memory, 2);
    await store.tenant(`${id}-none`).set(memory, 1);
    expect((await acme.get(memory))?.value).toBe(2);
  });

  it('keeps its place when Redis lost it, for itself, and for a while', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    await back.flush(id);
    await acme.set(c, 1);
    await lose();
    expect(await namesOf()).toEqual(['back/a', 'back/b']);
    expect(await codeOf(acme.set(d, 1))).toBe('QUOTA_EXCEEDED');
    expect((await acme.set(a, 2)).version).toBe(2);
    expect((await acme.set(c, 1)).version).toBe(1);
    await lose();
    ahead = RESERVED_MS + 1;
    expect(await codeOf(acme.set(d, 1))).toBe('written');
    expect(await codeOf(acme.set(c, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('is not shown by anything before it is there', async () => {
    await acme.set(a, 1);
    await lose();
    expect(await acme.list()).toEqual({ items: [], cursor: undefined });
    expect(await codeOf(acme.history(a))).toBe('NOT_FOUND');
    expect(await acme.get(a)).toBeUndefined();
    expect((await acme.state()).configs.find(({ name }) => name === a.name)).toMatchObject({
      isSet: false,
      database: 0,
      redis: 0,
      inSync: true,
    });
    expect((await store.tenants({ prefix: id })).items).toEqual([]);
  });

  it('counts a value that has ended only once it is set again', async () => {
    for (const config of [a, b]) await acme.set(config, 1, { expiresAt: 1 });
    await acme.set(c, 1);
    await back.flush(id);
    expect(await codeOf(acme.set(d, 1))).toBe('written');
    expect(await codeOf(acme.set(a, 2))).toBe('written');
    expect(await codeOf(acme.set(b, 2))).toBe('QUOTA_EXCEEDED');
    await store.expireDue();
    await back.flush(id);
    expect(await namesOf()).toEqual(['back/a', 'back/c', 'back/d']);
  });

  it('keeps its place when the value before it ends meanwhile', async () => {
    await acme.set(a, 1, { expiresAt: 1 });
    await back.flush(id);
    for (const config of [b, c]) await acme.set(config, 1);
    await acme.set(a, 2);
    await lose();
    expect(await store.expireDue()).toBe(1);
    expect(await codeOf(acme.set(d, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('a value that was set and unset between two flushes keeps no place', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    for (let n = 0; n < 3; n++) {
      await acme.set(c, n);
      await acme.unset(c);
    }
    await back.flush(id);
    expect(await codeOf(acme.set(d, 1))).toBe('written');
  });
});

describe('a place that another takes in between', () => {
  /** Holds the next transaction that commits, after it has. */
  function holdNextCommit(): { readonly reached: Promise<void>; release(): void } {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let isHeld = false;
    system.orm.em.getEventManager().registerSubscriber({
      async afterTransactionCommit() {
        if (isHeld) return;
        isHeld = true;
        reached.resolve();
        await released.promise;
      },
    });
    return { reached: reached.promise, release: released.resolve };
  }
  const beside = () =>
    openSystem({
      sync: [[Plan, plans]],
      database: system.database,
      prefix: system.prefix,
      tenantry: { configs, maxConfigsPerTenant: QUOTA },
    });

  //   w1: reads "unset", reserves
  //   w2:                          sets it   unsets it   flushes   sets another: the last place
  //   w1:                                                                                        writes → looks again
  it('is not written to, although it was reserved', async () => {
    await using other = await beside();
    const theirs = configStore(other.orm).tenant(id);
    for (const config of [a, b, c]) await acme.set(config, 1);
    await acme.unset(a);
    await back.flush(id);
    const held = holdNextCommit();
    const late = codeOf(acme.set(a, 2));
    await held.reached;
    await theirs.set(a, 3);
    await theirs.unset(a);
    await writeBack(other.orm).flush(id);
    await theirs.set(d, 1);
    held.release();
    expect(await late).toBe('QUOTA_EXCEEDED');
    expect(await namesOf()).toEqual(['back/b', 'back/c', 'back/d']);
  });

  //   w1: finds it set in the database, where its unset is not flushed
  //   w2:                                                               flushes   sets another: the last place
  //   w1:                                                                                        writes it: one too many
  it('was that of an unset which is flushed first', async () => {
    await using other = await beside();
    for (const config of [a, b, c]) await acme.set(config, 1);
    await back.flush(id);
    await acme.unset(a);
    const held = holdNextCommit();
    const late = codeOf(acme.set(a, 2));
    await held.reached;
    await writeBack(other.orm).flush(id);
    await configStore(other.orm).tenant(id).set(d, 1);
    held.release();
    expect(await late).toBe('QUOTA_EXCEEDED');
    expect(await namesOf()).toEqual(['back/b', 'back/c', 'back/d']);
  });
});

describe('without a quota', () => {
  it('a write-back of what was unset asks no database', async () => {
    await using free = await openSystem({ sync: [[Plan, plans]], tenantry: { configs } });
    const mine = configStore(free.orm).tenant(id);
    await mine.set(a, 1);
    await mine.unset(a);
    await free.orm.close(true);
    expect((await mine.set(a, 2)).version).toBe(3);
    await free.orm.reconnect();
  });
});

describe('at the quota, a database that is away', () => {
  it('hinders no change of what is set', async () => {
    for (const config of [a, b, c]) await acme.set(config, 1);
    await system.orm.close(true);
    expect((await acme.set(a, 2)).version).toBe(2);
    await system.orm.reconnect();
    await back.flush(id);
    expect(await rows()).toBe(3);
  });
});
