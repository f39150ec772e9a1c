import type { ConfigOptions, TenantryError } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { eventually, testServers } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { configStore } from '../packages/mikro-orm/src/index.ts';
import { Plan, plans } from '../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem, type TestSystem } from '../packages/mikro-orm/src/system.fixture.ts';
import {
  codeOf,
  freshFor,
  type Given,
  given,
  loadsAfter,
  reading,
  reasonToDefer,
  type schema,
  tenant,
} from './config-options.fixture.ts';

// Every option of `defineConfig`, and what it changes between a config that has it and one that does not.

const HOUR = 3_600_000;
let system: TestSystem;

beforeAll(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [] } });
});
afterAll(() => system[Symbol.asyncDispose]());

const patientClient = () =>
  createClient({ redis: testServers().redisUrl, prefix: system.prefix, readTimeoutMs: 60_000 });

// The keys are those of `ConfigOptions`: an option without a test does not compile.
const OPTIONS: Record<keyof ConfigOptions, () => Promise<void>> = {
  async name() {
    const { config, store } = await given(system, { name: 'another/name' });
    await store.set(config, { n: 1 });
    expect(await system.value(tenant, '@config:another%2Fname')).toEqual({ n: 1 });
  },
  async aliases() {
    const { config } = await given(system, { aliases: ['former/name'] });
    expect(configStore(system.orm).definition('former/name')).toBe(config);
    expect(configStore(system.orm).definition('another-name')).toBeUndefined();
  },
  async schema() {
    const strict = { schema: z.object({ n: z.number().max(5) }) as typeof schema };
    const [open, shut] = [await given(system, {}), await given(system, strict)];
    expect(await codeOf(open.store.set(open.config, { n: 7 }))).toBe('ok');
    expect(await codeOf(shut.store.set(shut.config, { n: 7 }))).toBe('INVALID_VALUE');
  },
  async default() {
    expect(await reading(system, {}, async ({ entry }) => (await entry()).value)).toBeUndefined();
    expect(await reading(system, { default: { n: 3 } }, async ({ entry }) => (await entry()).value)).toEqual({ n: 3 });
  },
  async group() {
    const { config } = await given(system, { group: ['a-group'] });
    expect(configStore(system.orm).groups().get('a-group')).toEqual([config.name]);
  },
  async inherit() {
    const read = async (inherit: 'none' | 'replace' | 'merge') => {
      const { config, store } = await given(system, { inherit, default: { n: 1 } });
      if (inherit !== 'none') await configStore(system.orm).global().set(config, { n: 2 });
      if (inherit === 'merge') await store.set(config, {} as never);
      await using client = await patientClient();
      return await client.tenant(tenant).get(config);
    };
    expect(await read('none')).toEqual({ n: 1 });
    expect(await read('replace')).toEqual({ n: 2 });
    expect(await read('merge')).toEqual({ n: 2 });
  },
  async mergeListsBy() {
    const lists = { schema: z.object({ n: z.any() }) as unknown as typeof schema, inherit: 'merge' } as const;
    const read = async (options: Given) => {
      const { config, store } = await given(system, { ...lists, ...options });
      const set = (to: typeof store, ...ids: number[]) => to.set(config, { n: ids.map(id => ({ id })) } as never);
      await set(configStore(system.orm).global(), 1);
      await set(store, 2);
      await using client = await patientClient();
      return await client.tenant(tenant).get(config);
    };
    expect(await read({})).toEqual({ n: [{ id: 2 }] });
    expect(await read({ mergeListsBy: { '/n': 'id' } })).toEqual({ n: [{ id: 1 }, { id: 2 }] });
  },
  async writePolicy() {
    const standing = async (writePolicy: ConfigOptions['writePolicy']) => {
      const { config, store, key } = await given(system, { writePolicy: writePolicy as 'write-through' });
      await store.set(config, { n: 1 });
      const rows = await system.sql('select 1 from tenantry_config where name = ? and version > 0', [config.name]);
      return { inRedis: (await system.redis.exists(key)) === 1, inDatabase: rows.length === 1 };
    };
    expect(await standing('write-through')).toEqual({ inRedis: true, inDatabase: true });
    expect(await standing('write-around')).toEqual({ inRedis: false, inDatabase: true });
    expect(await standing('write-back')).toEqual({ inRedis: true, inDatabase: false });
  },
  async durability() {
    const fast = await given(system, { writePolicy: 'write-back' });
    expect(await codeOf(fast.store.set(fast.config, { n: 1 }))).toBe('ok');
    const safe = await given(system, { writePolicy: 'write-back', durability: { replicas: 1 } });
    expect(await codeOf(safe.store.set(safe.config, { n: 1 }))).toBe('INVALID_OPTION');
  },
  async ttl() {
    expect(await loadsAfter(system, {}, 2 * HOUR)).toBe(0);
    expect(await loadsAfter(system, { ttl: '1h' }, 2 * HOUR)).toBe(1);
  },
  async ttlJitter() {
    const plain = await Promise.all(Array.from({ length: 10 }, () => freshFor(system, { ttl: '1h' })));
    expect(Math.max(...plain) - Math.min(...plain)).toBeLessThan(HOUR / 100);
    const spread = await Promise.all(Array.from({ length: 10 }, () => freshFor(system, { ttl: '1h', ttlJitter: 0.5 })));
    expect(Math.max(...spread) - Math.min(...spread)).toBeGreaterThan(HOUR / 100);
    for (const ms of spread) expect(Math.abs(ms - HOUR)).toBeLessThan(0.51 * HOUR);
  },
  async maxStale() {
    const lives = async (options: Given) => {
      const { config, store, key } = await given(system, options);
      await store.set(config, { n: 1 });
      return system.redis.pttl(key);
    };
    expect(await lives({ ttl: '1h' })).toBe(-1);
    expect(await lives({ ttl: '1h', maxStale: '1h' })).toBeGreaterThan(HOUR);
  },
  async retryThrottle() {
    const loads = (options: Given) =>
      reading(system, { ttl: '1h', ...options }, async ({ state, set, entry }) => {
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
      reading(system, options, async ({ state, entry }) => {
        expect((await entry()).value).toBeUndefined();
        state.later = 60_000;
        await entry();
        return state.loads;
      });
    expect(await loads({ negativeTtl: '1h' })).toBe(1);
    // Forgotten by Redis, too, so that there is nothing left to be read.
    expect(
      await reading(system, { negativeTtl: '50ms' }, async ({ state, entry }) => {
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
    expect(await loadsAfter(system, { ttl: '1h' }, 0.9 * HOUR)).toBe(0);
    await reading(system, { ttl: '1h', eagerRefresh: 0.5 }, async ({ state, set, entry }) => {
      await set(1);
      await entry();
      state.later = 0.9 * HOUR;
      expect(await entry()).toMatchObject({ value: { n: 1 }, stale: false });
      await eventually(() => state.loads === 1);
    });
  },
  async configKey() {
    const { config, store } = await given(system, { configKey: 'kept-name' });
    await store.set(config, { n: 1 });
    expect(await system.sql("select tenant from tenantry_config where name = 'kept-name'")).toEqual([{ tenant }]);
  },
  async cacheKey() {
    const { config, store } = await given(system, { cacheKey: 'redis-name' });
    await store.set(config, { n: 1 });
    expect(await system.value(tenant, '@config:redis-name')).toEqual({ n: 1 });
    expect(await system.sql('select tenant from tenantry_config where name = ?', [config.name])).toEqual([{ tenant }]);
  },
  async cache() {
    expect(await loadsAfter(system, {}, 0)).toBe(0);
    expect(await loadsAfter(system, { cache: 'local' }, 0)).toBe(1);
    expect(await loadsAfter(system, { cache: 'off' }, 0)).toBe(3);
  },
  async persistence() {
    const { config, store, key } = await given(system, { persistence: 'none' });
    await store.set(config, { n: 1 });
    expect(await system.redis.exists(key)).toBe(1);
    expect(await system.sql('select 1 from tenantry_config where name = ?', [config.name])).toEqual([]);
  },
  async databaseTimeout() {
    const failure = (options: Given) =>
      reading(system, { cache: 'local', ...options }, async ({ state, entry }) => {
        state.hangs = true;
        return entry().then(String, (error: TenantryError) => `${error.code} ${error.message}`);
      });
    expect(await failure({ databaseTimeout: '60ms' })).toMatch(/^TIMEOUT .* its budget of 60 ms/);
    expect(await failure({ databaseTimeout: '20ms' })).toMatch(/^TIMEOUT .* its budget of 20 ms/);
  },
  async cacheTimeout() {
    expect(await reasonToDefer({ cacheTimeout: '70ms' })).toContain('its budget of 70 ms');
    expect(await reasonToDefer({ cacheTimeout: '20ms' })).toContain('its budget of 20 ms');
  },
  async maxBytes() {
    const { config, store } = await given(system, { maxBytes: 8 });
    expect(await codeOf(store.set(config, { n: 12 }))).toBe('ok');
    expect(await codeOf(store.set(config, { n: 123 }))).toBe('PAYLOAD_TOO_LARGE');
  },
  async keepRevisions() {
    const kept = async (options: Given) => {
      const { config, store } = await given(system, options);
      for (const n of [1, 2, 3]) await store.set(config, { n });
      await configStore(system.orm).trimRevisions();
      return (await store.history(config)).items.map(({ version }) => version);
    };
    expect(await kept({})).toEqual([3, 2, 1]);
    expect(await kept({ keepRevisions: 2 })).toEqual([3, 2]);
  },
  async secret() {
    const shown = async (options: Given) => {
      const { config, store } = await given(system, options);
      await store.set(config, { n: 7 });
      return (await store.revision(config, 1)).value;
    };
    expect(await shown({})).toEqual({ n: 7 });
    expect(await shown({ secret: true })).toEqual({ n: '******' });
  },
  async expand() {
    const written = '%{TENANTRY_OPTION_TEST:-7}'.replace('%', '$') as unknown as number;
    const loose = z.object({ n: z.union([z.number(), z.string().transform(Number)]) }) as unknown as typeof schema;
    const read = (options: Given) =>
      reading(system, { schema: loose, ...options }, async ({ set, entry }) => {
        await set(written);
        return (await entry()).value;
      });
    expect(await read({})).toEqual({ n: Number.NaN });
    expect(await read({ expand: ['TENANTRY_OPTION_TEST'] })).toEqual({ n: 7 });
  },
};

it.each(Object.entries(OPTIONS))('the option `%s` changes something', async (_, check) => check());
