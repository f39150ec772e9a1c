import { type ConfigOptions, type ConfigSource, defineConfig, TenantryError } from '@tenantry/protocol';
import { decodeEnvelope } from '@tenantry/protocol/wire';
import { createClient } from '@tenantry/sdk';
import { startFaultProxy, testServers } from '@tenantry/testing';
import { z } from 'zod';
import { configStore, databaseSource } from '../packages/mikro-orm/src/index.ts';
import { Plan, plans } from '../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem, type TestSystem } from '../packages/mikro-orm/src/system.fixture.ts';

export const schema = z.object({ n: z.number() });
export const tenant = 'acme';
/** Where the option is not about a budget, a busy machine must not run into one. */
const PATIENT = { cacheTimeout: '1m', databaseTimeout: '1m' } as const;
/** The same for a config that has no database. */
const WITHOUT_DATABASE = { cacheTimeout: '1m' } as const;

export type Given = Partial<ConfigOptions<typeof schema>>;

let configs = 0;

/** A registered config with these options, and its tenant's store. */
export async function given(at: TestSystem, options: Given) {
  const config = defineConfig({
    name: `c${++configs}`,
    schema,
    ...(options.persistence === 'none' ? WITHOUT_DATABASE : PATIENT),
    ...options,
  });
  await configStore(at.orm).register(config);
  const store = configStore(at.orm).tenant(tenant);
  const key = at.replication.replica.names.of(tenant).keyPrefix + config.address;
  return { config, store, key };
}

/** A reader whose clock can be put on, with a source that counts and can be told to fail or to hang. */
export async function reading<T>(system: TestSystem, options: Given, work: (reader: Reader) => Promise<T>): Promise<T> {
  const { config, store } = await given(system, options);
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
    readTimeoutMs: 60_000,
    clock: () => Date.now() + state.later,
  });
  const acme = client.tenant(tenant);
  const set = (n: number) => store.set(config, { n });
  return await work({ state, set, entry: () => acme.entry(config) });
}

export interface Reader {
  readonly state: { later: number; loads: number; fails: boolean; hangs: boolean };
  set(n: number): Promise<unknown>;
  entry(): Promise<{ value: { n: number } | undefined; stale: boolean }>;
}

export const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    error => (error as TenantryError).code,
  );

/** Loads after a value was read, and read again when `later` has passed. */
export const loadsAfter = (system: TestSystem, options: Given, later: number) =>
  reading(system, options, async ({ state, set, entry }) => {
    await set(1);
    await entry();
    state.later = later;
    await entry();
    await entry();
    return state.loads;
  });

/** What a write whose Redis says nothing was left to the relay for. */
export async function reasonToDefer(options: Given): Promise<string | undefined> {
  const { hostname: host, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host, port: Number(port) } });
  await using away = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { configs: [], publishTimeoutMs: 60_000 },
    redisUrl: `redis://${proxy.host}:${proxy.port}`,
  });
  const { config, store } = await given(away, options);
  proxy.set('silent');
  await store.set(config, { n: 1 });
  proxy.set('pass');
  return away.reportsOf('deferred')[0]?.error.message;
}

/** For how long a value that is written now is fresh, in ms; 0 for ever. */
export async function freshFor(system: TestSystem, options: Given): Promise<number> {
  const { config, store, key } = await given(system, options);
  const now = Date.now();
  await store.set(config, { n: 1 });
  const { freshUntil = 0 } = decodeEnvelope((await system.redis.getBuffer(key)) as Buffer);
  return freshUntil === 0 ? 0 : freshUntil - now;
}
