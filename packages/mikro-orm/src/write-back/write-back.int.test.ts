import { defineConfig, TenantryError } from '@tenantry/protocol';
import { BUSY_MS, eventually, startFaultProxy, startRedisServer, testServers } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigStore, configStore, type TenantConfigs } from '../config-store/config-store.ts';
import { allConfigs, counter, limit, session } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { ConfigRevision } from '../tables/config-tables.ts';
import { type WriteBack, writeBack } from './write-back.ts';

// On two busy cores, what is not about time must not depend on it.
const patient = { cacheTimeout: '60s', databaseTimeout: '60s' } as const;
const hits = defineConfig({
  name: 'usage/hits',
  schema: z.object({ n: z.number(), by: z.string().optional() }),
  writePolicy: 'write-back',
  ...patient,
});
const lines = defineConfig({ name: 'usage/lines', schema: z.number(), writePolicy: 'write-back', ...patient });
const cart = defineConfig({
  name: 'cart',
  schema: z.object({ n: z.number() }),
  persistence: 'none',
  cacheTimeout: '60s',
});
const brief = defineConfig({
  name: 'brief',
  schema: z.number(),
  persistence: 'none',
  ttl: '40ms',
  cacheTimeout: '60s',
});
const keys = Array.from({ length: 100 }, (_, i) =>
  defineConfig({ name: `many/${i}`, schema: z.number(), writePolicy: 'write-back', ...patient }),
);
const configs = [...allConfigs, hits, lines, cart, brief, ...keys];

let system: TestSystem;
let store: ConfigStore;
let back: WriteBack;
let tenants = 0;

beforeAll(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs } });
  store = configStore(system.orm);
  back = writeBack(system.orm);
});
afterAll(() => system[Symbol.asyncDispose]());

/** A tenant that nobody else has. */
function fresh(): { id: string; configs: TenantConfigs } {
  const id = `tenant-${++tenants}`;
  return { id, configs: store.tenant(id) };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    error => (error instanceof TenantryError ? error.code : error),
  );

async function revisions(tenant: string, of = system) {
  const found = await of.em().find(ConfigRevision, { tenant }, { orderBy: { id: 'asc' } });
  return found.map(({ name, version, op, value }) => [name, Number(version), op, value]);
}

describe('a write-back', () => {
  it('is there for readers at once, and in the database after a flush', async () => {
    const { id, configs } = fresh();
    const written = await configs.set(hits, { n: 1 }, { actor: 'ann', reason: 'T-1', origin: 'file a.json' });
    expect(written).toEqual({ version: 1, policy: 'write-back', published: 'now', persisted: false });
    expect(await system.value(id, hits.address)).toEqual({ n: 1 });
    expect(await configs.get(hits)).toMatchObject({ value: { n: 1 }, version: 1, dirty: true, updatedBy: 'ann' });
    expect(await revisions(id)).toEqual([]);
    expect(await back.dirtyCount(id)).toBe(1);
    expect(await back.flush(id)).toEqual({ flushed: 1, deadLettered: 0, remaining: 0 });
    const [revision] = await system.em().find(ConfigRevision, { tenant: id });
    expect(revision).toMatchObject({ op: 'set', value: '{"n":1}', actor: 'ann', reason: 'T-1', origin: 'file a.json' });
    expect(await configs.get(hits)).toMatchObject({ value: { n: 1 }, version: 1, dirty: false });
    const [message] = await system.feed(id);
    expect(message?.changes).toMatchObject([{ owner: hits.address, version: 1, op: 'put', addresses: [hits.address] }]);
  });

  it('is taken away the same way, and its versions go on', async () => {
    const { id, configs } = fresh();
    expect(await codeOf(configs.unset(hits))).toBe('NOT_FOUND');
    await configs.set(hits, { n: 1 });
    expect((await configs.unset(hits)).version).toBe(2);
    expect(await system.value(id, hits.address)).toBeUndefined();
    expect(await configs.get(hits)).toBeUndefined();
    await back.flush(id);
    expect(await revisions(id)).toEqual([['usage/hits', 2, 'unset', null]]);
    expect((await configs.set(hits, { n: 2 })).version).toBe(3);
    await back.flush(id);
    expect(await configs.get(hits)).toMatchObject({ value: { n: 2 }, version: 3 });
    expect((await system.feed(id)).flatMap(({ changes }) => changes.map(({ op }) => op))).toEqual([
      'put',
      'delete',
      'put',
    ]);
  });

  for (const [name, config] of [
    ['write-back', hits],
    ["persistence: 'none'", cart],
  ] as const)
    describe(`with conditions (${name})`, () => {
      // B1 B2 B3
      it('creates what is not there and updates what is', async () => {
        const { configs } = fresh();
        expect(await codeOf(configs.update(config, { n: 1 }))).toBe('NOT_FOUND');
        expect(await configs.get(config)).toBeUndefined();
        expect((await configs.create(config, { n: 10 })).version).toBe(1);
        await expect(configs.create(config, { n: 20 })).rejects.toMatchObject({
          code: 'KEY_EXISTS',
          details: { currentVersion: 1 },
        });
        expect(await configs.get(config)).toMatchObject({ value: { n: 10 }, version: 1 });
        expect((await configs.update(config, { n: 11 })).version).toBe(2);
      });

      // B6
      it('lets one of two editors win, and tells the other where it stands', async () => {
        const { configs } = fresh();
        for (let n = 1; n <= 5; n++) await configs.set(config, { n });
        const both = await Promise.allSettled([6, 7].map(n => configs.set(config, { n }, { ifVersion: 5 })));
        expect(both.filter(({ status }) => status === 'fulfilled')).toMatchObject([{ value: { version: 6 } }]);
        expect(both.filter(({ status }) => status === 'rejected')).toMatchObject([
          { reason: { code: 'CONFLICT', details: { currentVersion: 6 } } },
        ]);
      });

      // B7
      it('lets exactly one of twenty create it', async () => {
        const { configs } = fresh();
        const all = await Promise.all(Array.from({ length: 20 }, (_, n) => codeOf(configs.create(config, { n }))));
        expect(all.filter(code => code === 'no error')).toHaveLength(1);
        expect(all.filter(code => code === 'KEY_EXISTS')).toHaveLength(19);
        expect((await configs.get(config))?.version).toBe(1);
      });

      it('loses no patch of twenty that come at once', async () => {
        const { configs } = fresh();
        await configs.set(config, { n: 0 });
        await Promise.all(Array.from({ length: 20 }, (_, n) => configs.patch(config, { n })));
        expect((await configs.get(config))?.version).toBe(21);
      });

      // G18
      it('shows the last that was acknowledged', async () => {
        const { configs } = fresh();
        const acknowledged: { n: number; version: number }[] = [];
        await Promise.all(
          Array.from({ length: 50 }, async (_, n) => {
            const { version } = await configs.set(config, { n });
            acknowledged.push({ n, version });
          }),
        );
        expect(new Set(acknowledged.map(({ version }) => version))).toHaveLength(50);
        const last = acknowledged.find(({ version }) => version === 50);
        expect(await configs.get(config)).toMatchObject({ value: { n: last?.n }, version: 50 });
      });

      // E10
      it('keeps apart tenants whose names would collide', async () => {
        const [a, b] = [store.tenant(`20_FOO-${config.name}`), store.tenant(`20-${config.name}`)];
        await a.set(config, { n: 1 });
        await b.set(config, { n: 2 });
        await back.flush();
        expect((await a.get(config))?.value).toMatchObject({ n: 1 });
        expect((await b.get(config))?.value).toMatchObject({ n: 2 });
      });
    });

  // C10
  it('is all or nothing in a bulk, and one message', async () => {
    const { id, configs } = fresh();
    expect(
      await codeOf(
        configs.setMany([
          [hits, { n: 1 }],
          [lines, 'no number'],
        ] as never),
      ),
    ).toBe('INVALID_VALUE');
    expect(await back.dirtyCount(id)).toBe(0);
    expect(await system.feed(id)).toEqual([]);
    await configs.setMany([
      [hits, { n: 1 }],
      [lines, 2],
    ]);
    expect((await system.feed(id)).map(({ changes }) => changes.length)).toEqual([2]);
    await back.flush(id);
    expect(await revisions(id)).toHaveLength(2);
  });

  it('is one round trip where nothing has to be read', async () => {
    await using server = await startRedisServer();
    await using alone = await openSystem({ sync: [[Plan, plans]], tenantry: { configs }, redisServer: server.url });
    const acme = configStore(alone.orm).tenant('acme');
    await acme.set(hits, { n: 0 });
    await alone.redis.config('RESETSTAT');
    for (let n = 1; n <= 10; n++) await acme.set(hits, { n });
    const stats = await alone.redis.info('commandstats');
    // What the script itself does is counted, too: HMGET once, and of the others nothing.
    const calls = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    expect(['evalsha', 'eval', 'exec', 'mget', 'hmget', 'info', 'zadd'].map(calls)).toEqual([10, 0, 0, 0, 10, 0, 0]);
  });

  it('coalesces: ten thousand sets of a hundred configs write as many rows as there are configs in each flush', async () => {
    const { id, configs } = fresh();
    const before = system.reportsOf('flushed').length;
    let flushes = 0;
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        Array.from({ length: 2_500 }, (_, i) => configs.set(keys[i % 100] as (typeof keys)[number], round * 2_500 + i)),
      );
      expect(await back.dirtyCount(id)).toBe(100);
      expect(await back.flush(id)).toMatchObject({ flushed: 100, remaining: 0 });
      flushes++;
    }
    expect(await revisions(id)).toHaveLength(100 * flushes);
    expect(system.reportsOf('flushed').length - before).toBe(flushes);
    const last = await configs.getMany(keys);
    expect([...last.values()].every(({ version }) => version === 100)).toBe(true);
  });

  it('keeps its value without end while dirty, and gives it its end with the flush', async () => {
    const { id, configs } = fresh();
    const expiresAt = Date.now() + 3_600_000;
    await configs.set(hits, { n: 1 }, { expiresAt });
    const key = system.replication.replica.names.of(id).keyPrefix + hits.address;
    expect(await system.redis.pttl(key)).toBe(-1);
    await back.flush(id);
    expect(await system.redis.pexpiretime(key)).toBe(expiresAt);
    expect((await configs.get(hits))?.expiresAt).toEqual(new Date(expiresAt));
  });

  it('written in a transaction goes through it, after what was acknowledged before', async () => {
    const { id, configs } = fresh();
    await configs.set(hits, { n: 1 });
    await system.em().transactional(async em => {
      expect(await configs.set(hits, { n: 2 }, { em })).toMatchObject({ version: 2, published: 'on-commit' });
    });
    expect(await revisions(id)).toEqual([
      ['usage/hits', 1, 'set', '{"n":1}'],
      ['usage/hits', 2, 'set', '{"n":2}'],
    ]);
    expect(await system.value(id, hits.address)).toEqual({ n: 2 });
    expect((await configs.set(hits, { n: 3 })).version).toBe(3);
  });
});

describe("persistence: 'none'", () => {
  it('writes no row, and its versions go on after an unset', async () => {
    const { id, configs } = fresh();
    expect(await configs.set(session, { user: 'ann' })).toMatchObject({ version: 1, persisted: true });
    expect((await configs.unset(session)).version).toBe(2);
    expect(await configs.get(session)).toBeUndefined();
    await system.replication.replica.purgeTombstones(0);
    expect((await configs.set(session, { user: 'eve' })).version).toBe(3);
    expect(await revisions(id)).toEqual([]);
    expect(await back.dirtyCount(id)).toBe(0);
  });

  it('lives as long as its ttl', async () => {
    const { id, configs } = fresh();
    await configs.set(brief, 1);
    const key = system.replication.replica.names.of(id).keyPrefix + brief.address;
    expect(await system.redis.pttl(key)).toBeLessThanOrEqual(40);
    await eventually(async () => expect(await configs.get(brief)).toBeUndefined());
    expect((await configs.create(brief, 2)).version).toBe(2);
  });
});

describe('a Redis that lost its data', () => {
  it('asks for the version before the next write, which goes on from there', async () => {
    await using server = await startRedisServer();
    await using lost = await openSystem({ sync: [[Plan, plans]], tenantry: { configs }, redisServer: server.url });
    const acme = configStore(lost.orm).tenant('acme');
    for (let n = 1; n <= 3; n++) await acme.set(hits, { n });
    await writeBack(lost.orm).flush();
    await lost.redis.flushall();
    expect((await acme.set(hits, { n: 4 })).version).toBe(4);
    await lost.redis.flushall();
    // Never flushed, 4 is gone: what Redis does not keep is not promised.
    expect(await acme.patch(hits, { by: 'ann' })).toMatchObject({ version: 4 });
    expect(await acme.get(hits)).toMatchObject({ value: { n: 3, by: 'ann' }, version: 4, dirty: true });
    expect(await writeBack(lost.orm).flush()).toMatchObject({ flushed: 1, remaining: 0 });
    expect(await revisions('acme', lost)).toEqual([
      ['usage/hits', 3, 'set', '{"n":3}'],
      ['usage/hits', 4, 'set', '{"n":3,"by":"ann"}'],
    ]);
  });
});

describe('a Redis that is in trouble', () => {
  // G8
  it('keeps no write longer than its budget, and refuses at once where it is gone', async () => {
    const { hostname, port } = new URL(testServers().redisUrl);
    await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    await using away = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs, publishTimeoutMs: 50 },
      redisUrl: `redis://${proxy.host}:${proxy.port}`,
    });
    const acme = configStore(away.orm).tenant('acme');
    await acme.set(counter, { n: 1 });
    await acme.set(limit, 1);
    proxy.set('silent');
    for (const [code, work] of [
      ['TIMEOUT', () => acme.set(counter, { n: 2 })],
      ['TIMEOUT', () => acme.update(counter, { n: 2 })],
      ['no error', () => acme.set(limit, 2)],
    ] as const) {
      const startedAt = performance.now();
      expect(await codeOf(work())).toBe(code);
      expect(performance.now() - startedAt).toBeLessThan(300 + BUSY_MS);
    }
    proxy.set('refuse');
    const startedAt = performance.now();
    expect(await codeOf(acme.set(counter, { n: 3 }))).toBe('UNAVAILABLE');
    expect(performance.now() - startedAt).toBeLessThan(200 + BUSY_MS);
  });

  it('is refused where it may evict, before anything is written', async () => {
    await using server = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    await using evicting = await openSystem({ sync: [[Plan, plans]], tenantry: { configs }, redisServer: server.url });
    const acme = configStore(evicting.orm).tenant('acme');
    await expect(acme.set(hits, { n: 1 })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('allkeys-lru'),
    });
    expect(await evicting.redis.keys('*:dirty')).toEqual([]);
    await evicting.redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect((await acme.set(hits, { n: 1 })).version).toBe(1);
  });
});
