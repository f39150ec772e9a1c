import { type ConfigOptions, type ConfigSource, defineConfig, TenantryError } from '@tenantry/protocol';
import { decodeEnvelope } from '@tenantry/protocol/wire';
import { createClient } from '@tenantry/sdk';
import { eventually, startFaultProxy, testServers } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { configStore, databaseSource } from '../packages/mikro-orm/src/index.ts';
import { Plan, plans } from '../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem, type TestSystem } from '../packages/mikro-orm/src/system.fixture.ts';

// Every option of `defineConfig`, and what it changes between a config that has it and one that does not.

const schema = z.object({ n: z.number() });
const tenant = 'acme';
const HOUR = 3_600_000;
let system: TestSystem;
let configs = 0;

beforeAll(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [] } });
});
afterAll(() => system[Symbol.asyncDispose]());

type Given = Partial<ConfigOptions<typeof schema>>;

/** A registered config with these options, and its tenant's store. */
async function given(options: Given, at: TestSystem = system) {
  const config = defineConfig({ name: `c${++configs}`, schema, ...options });
  await configStore(at.orm).register(config);
  const store = configStore(at.orm).tenant(tenant);
  const key = at.replication.replica.names.of(tenant).keyPrefix + config.address;
  return { config, store, key };
}

/** A reader whose clock can be put on, with a source that counts and can be told to fail or to hang. */
async function reading(options: Given, work: (reader: Reader) => Promise<unknown>) {
  const { config, store } = await given(options);
  const source = databaseSource(system.orm);
  const state = { later: 0, loads: 0, fails: false, hangs: false };
  const counting: ConfigSource = {
    load(...args) {
      state.loads++;
      if (state.hangs) return new Promise(() => undefined);
      return state.fails ? Promise.reject(new TenantryError('UNAVAILABLE', 'away')) : source.load(...args);
    },
  };
  await using client = await createClient({
    redis: testServers().redisUrl,
    prefix: system.prefix,
    source: counting,
    clock: () => Date.now() + state.later,
  });
  const acme = client.tenant(tenant);
  const set = (n: number) => store.set(config, { n });
  return await work({ state, set, entry: () => acme.entry(config) });
}

interface Reader {
  readonly state: { later: number; loads: number; fails: boolean; hangs: boolean };
  set(n: number): Promise<unknown>;
  entry(): Promise<{ value: { n: number } | undefined; stale: boolean }>;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    error => (error as TenantryError).code,
  );

/** Loads after a value was read, and read again when `later` has passed. */
const loadsAfter = (options: Given, later: number) =>
  reading(options, async ({ state, set, entry }) => {
    await set(1);
    await entry();
    state.later = later;
    await entry();
    await entry();
    return state.loads;
  });

/** How long a write waits, for a Redis that says nothing. */
async function waited(options: Given): Promise<number> {
  const { hostname: host, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host, port: Number(port) } });
  await using away = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { configs: [] },
    redisUrl: `redis://${proxy.host}:${proxy.port}`,
  });
  const { config, store } = await given(options, away);
  await store.set(config, { n: 1 });
  proxy.set('silent');
  const startedAt = performance.now();
  const result = await store.set(config, { n: 2 });
  const ms = performance.now() - startedAt;
  proxy.set('pass');
  expect(result.published).toBe('later');
  return ms;
}

const freshFor = async (options: Given) => {
  const { config, store, key } = await given(options);
  const now = Date.now();
  await store.set(config, { n: 1 });
  const { freshUntil = 0 } = decodeEnvelope((await system.redis.getBuffer(key)) as Buffer);
  return freshUntil === 0 ? 0 : freshUntil - now;
};

// The keys are those of `ConfigOptions`: an option without a test does not compile.
const OPTIONS: Record<keyof ConfigOptions, () => Promise<void>> = {
  async name() {
    const { config, store } = await given({ name: 'another/name' });
    await store.set(config, { n: 1 });
    expect(await system.value(tenant, '@config:another%2Fname')).toEqual({ n: 1 });
  },
  async schema() {
    const strict = { schema: z.object({ n: z.number().max(5) }) as typeof schema };
    const [open, shut] = [await given({}), await given(strict)];
    expect(await codeOf(open.store.set(open.config, { n: 7 }))).toBe('ok');
    expect(await codeOf(shut.store.set(shut.config, { n: 7 }))).toBe('INVALID_VALUE');
  },
  async default() {
    expect(await reading({}, async ({ entry }) => (await entry()).value)).toBeUndefined();
    expect(await reading({ default: { n: 3 } }, async ({ entry }) => (await entry()).value)).toEqual({ n: 3 });
  },
  async group() {
    const { config } = await given({ group: ['a-group'] });
    expect(configStore(system.orm).groups().get('a-group')).toEqual([config.name]);
  },
  async writePolicy() {
    const standing = async (writePolicy: ConfigOptions['writePolicy']) => {
      const { config, store, key } = await given({ writePolicy: writePolicy as 'write-through' });
      await store.set(config, { n: 1 });
      const rows = await system.sql('select 1 from tenantry_config where name = ? and version > 0', [config.name]);
      return { inRedis: (await system.redis.exists(key)) === 1, inDatabase: rows.length === 1 };
    };
    expect(await standing('write-through')).toEqual({ inRedis: true, inDatabase: true });
    expect(await standing('write-around')).toEqual({ inRedis: false, inDatabase: true });
    expect(await standing('write-back')).toEqual({ inRedis: true, inDatabase: false });
  },
  async durability() {
    const fast = await given({ writePolicy: 'write-back' });
    expect(await codeOf(fast.store.set(fast.config, { n: 1 }))).toBe('ok');
    const safe = await given({ writePolicy: 'write-back', durability: { replicas: 1 } });
    expect(await codeOf(safe.store.set(safe.config, { n: 1 }))).toBe('INVALID_OPTION');
  },
  async ttl() {
    expect(await loadsAfter({}, 2 * HOUR)).toBe(0);
    expect(await loadsAfter({ ttl: '1h' }, 2 * HOUR)).toBe(1);
  },
  async ttlJitter() {
    const plain = await Promise.all(Array.from({ length: 10 }, () => freshFor({ ttl: '1h' })));
    expect(Math.max(...plain) - Math.min(...plain)).toBeLessThan(HOUR / 100);
    const spread = await Promise.all(Array.from({ length: 10 }, () => freshFor({ ttl: '1h', ttlJitter: 0.5 })));
    expect(Math.max(...spread) - Math.min(...spread)).toBeGreaterThan(HOUR / 100);
    for (const ms of spread) expect(Math.abs(ms - HOUR)).toBeLessThan(0.51 * HOUR);
  },
  async maxStale() {
    const lives = async (options: Given) => {
      const { config, store, key } = await given(options);
      await store.set(config, { n: 1 });
      return system.redis.pttl(key);
    };
    expect(await lives({ ttl: '1h' })).toBe(-1);
    expect(await lives({ ttl: '1h', maxStale: '1h' })).toBeGreaterThan(HOUR);
  },
  async retryThrottle() {
    const loads = (options: Given) =>
      reading({ ttl: '1h', ...options }, async ({ state, set, entry }) => {
        await set(1);
        await entry();
        state.fails = true;
        state.later = 2 * HOUR;
        expect((await entry()).stale).toBe(true);
        state.later += 60_000;
        expect((await entry()).stale).toBe(true);
        return state.loads;
      });
    expect(await loads({ retryThrottle: '1s' })).toBe(2);
    expect(await loads({ retryThrottle: '1h' })).toBe(1);
  },
  async negativeTtl() {
    const loads = (options: Given) =>
      reading(options, async ({ state, entry }) => {
        expect((await entry()).value).toBeUndefined();
        state.later = 60_000;
        await entry();
        return state.loads;
      });
    expect(await loads({ negativeTtl: '1h' })).toBe(1);
    // Forgotten by Redis, too, so that there is nothing left to be read.
    expect(
      await reading({ negativeTtl: '50ms' }, async ({ state, entry }) => {
        await entry();
        await eventually(async () => {
          await entry();
          return state.loads > 1;
        });
        return state.loads > 1;
      }),
    ).toBe(true);
  },
  async eagerRefresh() {
    expect(await loadsAfter({ ttl: '1h' }, 0.9 * HOUR)).toBe(0);
    await reading({ ttl: '1h', eagerRefresh: 0.5 }, async ({ state, set, entry }) => {
      await set(1);
      await entry();
      state.later = 0.9 * HOUR;
      expect(await entry()).toMatchObject({ value: { n: 1 }, stale: false });
      await eventually(() => state.loads === 1);
    });
  },
  async configKey() {
    const { config, store } = await given({ configKey: 'kept-name' });
    await store.set(config, { n: 1 });
    expect(await system.sql("select tenant from tenantry_config where name = 'kept-name'")).toEqual([{ tenant }]);
  },
  async cacheKey() {
    const { config, store } = await given({ cacheKey: 'redis-name' });
    await store.set(config, { n: 1 });
    expect(await system.value(tenant, '@config:redis-name')).toEqual({ n: 1 });
    expect(await system.sql('select tenant from tenantry_config where name = ?', [config.name])).toEqual([{ tenant }]);
  },
  async cache() {
    expect(await loadsAfter({}, 0)).toBe(0);
    expect(await loadsAfter({ cache: 'local' }, 0)).toBe(1);
    expect(await loadsAfter({ cache: 'off' }, 0)).toBe(3);
  },
  async persistence() {
    const { config, store, key } = await given({ persistence: 'none' });
    await store.set(config, { n: 1 });
    expect(await system.redis.exists(key)).toBe(1);
    expect(await system.sql('select 1 from tenantry_config where name = ?', [config.name])).toEqual([]);
  },
  async databaseTimeout() {
    const settles = (options: Given) =>
      reading({ cache: 'local', ...options }, async ({ state, entry }) => {
        state.hangs = true;
        const startedAt = performance.now();
        expect(await codeOf(entry())).toBe('TIMEOUT');
        return performance.now() - startedAt;
      });
    expect(await settles({ databaseTimeout: '600ms' })).toBeGreaterThan(590);
    expect(await settles({ databaseTimeout: '20ms' })).toBeLessThan(590);
  },
  async cacheTimeout() {
    expect(await waited({ cacheTimeout: '700ms' })).toBeGreaterThan(690);
    expect(await waited({ cacheTimeout: '20ms' })).toBeLessThan(690);
  },
  async maxBytes() {
    const { config, store } = await given({ maxBytes: 8 });
    expect(await codeOf(store.set(config, { n: 12 }))).toBe('ok');
    expect(await codeOf(store.set(config, { n: 123 }))).toBe('PAYLOAD_TOO_LARGE');
  },
  async keepRevisions() {
    const kept = async (options: Given) => {
      const { config, store } = await given(options);
      for (const n of [1, 2, 3]) await store.set(config, { n });
      await configStore(system.orm).trimRevisions();
      return (await store.history(config)).items.map(({ version }) => version);
    };
    expect(await kept({})).toEqual([3, 2, 1]);
    expect(await kept({ keepRevisions: 2 })).toEqual([3, 2]);
  },
  async secret() {
    const shown = async (options: Given) => {
      const { config, store } = await given(options);
      await store.set(config, { n: 7 });
      return (await store.revision(config, 1)).value;
    };
    expect(await shown({})).toEqual({ n: 7 });
    expect(await shown({ secret: true })).toEqual({ n: '******' });
  },
};

it.each(Object.entries(OPTIONS))('the option `%s` changes something', async (_, check) => check());
