import { type ConfigDefinition, defineConfig, GLOBAL_TENANT } from '@tenantry/protocol';
import { decodeEnvelope } from '@tenantry/protocol/wire';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { announced, configPut, feature, limits, PATIENT } from '../published-configs.fixture.ts';
import { expectNoUnhandledRejection, schema, unavailable } from '../reads/loaded-configs.fixture.ts';
import { tableSource } from '../reads/table-source.fixture.ts';
import { currencies, currencyPut, planById, planPut, startWorld } from '../world.fixture.ts';
import { PRELOAD_BATCH } from './preload.ts';

type Num = ConfigDefinition<number, number>;

expectNoUnhandledRejection();

it('brings refs of many tenants into memory, so that a first look finds them', async () => {
  await using world = startWorld();
  const tenants = Array.from({ length: 30 }, (_, i) => `tenant-${i}`);
  for (const tenant of tenants)
    await world.apply(tenant, planPut({ id: 1, version: 3, seats: 5 }), configPut(limits, 1, { most: 1 }));
  await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 4));
  const client = await world.client();
  const refs = [planById(1), planById(2), limits, currencies.by('code', { code: 'EUR' })];
  expect(await client.preload({ refs, tenants })).toEqual({ known: 3 * 30 + 1, failed: [] });
  for (const tenant of tenants.map(name => client.tenant(name))) {
    expect(tenant.peek(planById(1))).toMatchObject({ seats: 5 });
    expect(tenant.peek(limits)).toEqual({ most: 1 });
    expect(tenant.peekEntry(planById(2))).toMatchObject({ value: undefined, stale: false });
  }
  // One command for the refs of a tenant, or two where a batch ends between them.
  expect(client.stats().reads).toBeLessThanOrEqual(31 + Math.ceil(91 / PRELOAD_BATCH));
});

// I6, I7
it('takes the configs that were read most, where none are named, and the tenants in memory', async () => {
  await using world = startWorld();
  for (const tenant of ['acme', 'globex'])
    await world.apply(tenant, configPut(limits, 1, { most: 1 }), configPut(feature, 1, { on: true }));
  const client = await world.client();
  await client.tenant('acme').get(limits);
  await client.tenant('acme').get(feature);
  await client.tenant('globex').get(planById(1));
  expect(await client.preload()).toEqual({ known: 4, failed: [] });
  expect(client.tenant('globex').peek(limits)).toEqual({ most: 1 });
  expect(await client.preload({ tenants: ['other'] })).toEqual({ known: 2, failed: [] });
});

// I7: the hot configs are brought up to date for whichever tenants are asked for, from Redis where that has them.
it('asks the source for each hot config that Redis does not have, once, and for nothing where nothing was read', async () => {
  await using world = startWorld();
  const source = tableSource();
  const [a, b, none] = ['a', 'b', 'none'].map(name => defineConfig({ name, schema, ...PATIENT })) as [Num, Num, Num];
  for (const config of [a, b]) source.set(config, 1, 1);
  const client = await world.client({ source });
  expect(await client.preload()).toEqual({ known: 0, failed: [] });
  expect(await client.preload({ tenants: ['acme'] })).toEqual({ known: 0, failed: [] });
  expect([source.asked, client.stats().loads]).toEqual([0, 0]);
  for (const config of [a, b, none]) await client.tenant('acme').get(config);
  expect(source.asked).toBe(3);
  expect(await client.preload({ tenants: ['globex'] })).toEqual({ known: 3, failed: [] });
  expect(source.asked).toBe(6);
  const { keyPrefix } = world.replica.names.of('globex');
  const kept = await world.redis.mgetBuffer([a, b, none].map(({ address }) => keyPrefix + address));
  expect(kept.map(bytes => bytes && decodeEnvelope(bytes).isAbsent === true)).toEqual([false, false, true]);
  expect(client.tenant('globex').peekEntry(none)).toMatchObject({ value: undefined, stale: false });
  // All of it is known now.
  expect(await client.preload({ tenants: ['acme', 'globex'] })).toEqual({ known: 6, failed: [] });
  expect(source.asked).toBe(6);
});

it('loads no more at once than it may, the others after them, and says which could not be loaded', async () => {
  await using world = startWorld();
  const source = tableSource();
  const configs = Array.from({ length: 100 }, (_, i) => defineConfig({ name: `c${i}`, schema, ...PATIENT }));
  for (const config of configs) source.set(config, 1, 1);
  const client = await world.client({ source });
  source.hold();
  const preloading = client.preload({ refs: configs, tenants: ['acme'] });
  await eventually(() => expect(source.waiting).toBe(32));
  // A caller does not wait behind them.
  const hurried = client.tenant('acme').get(configs[60] as never);
  await eventually(() => expect(source.waiting).toBe(33));
  source.letGo();
  expect(await hurried).toBe(1);
  expect(await preloading).toEqual({ known: 100, failed: [] });
  source.fail(unavailable);
  const { known, failed } = await client.preload({ refs: [limits], tenants: ['acme', 'globex'] });
  expect({ known, failed }).toMatchObject({
    known: 0,
    failed: [
      { tenant: 'acme', address: limits.address, error: { code: 'UNAVAILABLE' } },
      { tenant: 'globex', address: limits.address, error: { code: 'UNAVAILABLE' } },
    ],
  });
});

it('waits for the rate that the source allows', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  const client = await world.client({ source, protect: { rate: { perSecond: 100, burst: 1 } } });
  const tenants = Array.from({ length: 10 }, (_, i) => `tenant-${i}`);
  expect(await client.preload({ refs: [limits], tenants })).toEqual({ known: 10, failed: [] });
});

it('does not wait for the rate once the client is closed, or its signal is aborted', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  const protect = { rate: { perSecond: 0.001, burst: 1 } };
  const client = await world.client({ source, protect });
  const abort = new AbortController();
  const tenants = ['acme', 'globex', 'initech'];
  const aborted = client.preload({ refs: [limits], tenants, signal: abort.signal });
  const closed = client.preload({ refs: [limits], tenants: ['umbrella'] });
  const ends = Promise.all([
    expect(aborted).rejects.toThrow('changed my mind'),
    expect(closed).rejects.toMatchObject({ code: 'CLOSED' }),
  ]);
  await eventually(() => expect(source.asked).toBe(1));
  abort.abort(new Error('changed my mind'));
  await client.close();
  await ends;
  expect(source.asked).toBe(1);
});

it('many watchers get their defaults within a time, however long the source takes to answer', async () => {
  await using world = startWorld();
  const configs = Array.from({ length: 640 }, (_, i) =>
    defineConfig({ name: `c${i}`, schema, default: i, cacheTimeout: '300ms', databaseTimeout: '1s' }),
  );
  const client = await world.client({ source: { load: () => new Promise(() => undefined) } });
  const seen = new Set<number>();
  const began = performance.now();
  for (const config of configs)
    client
      .tenant('acme')
      .watch(config)
      .subscribe(value => seen.add(value));
  await eventually(() => expect(seen.size).toBe(640));
  // In turns alone it would be 20 times a `databaseTimeout`.
  expect(performance.now() - began).toBeLessThan(2 * 1_000 + 3 * 300 + BUSY_MS);
});

it('a closed client asks the source for nothing that waited for its turn', async () => {
  await using world = startWorld();
  const source = tableSource();
  const configs = Array.from({ length: 80 }, (_, i) => defineConfig({ name: `c${i}`, schema, ...PATIENT }));
  for (const config of configs) source.set(config, 1, 1);
  source.hold();
  const client = await world.client({ source });
  for (const config of configs) client.tenant('acme').watch(config).subscribe();
  await eventually(() => expect(source.waiting).toBe(32));
  await client.close();
  source.letGo();
  for (let turn = 0; turn < 100; turn++) await new Promise(resolve => setImmediate(resolve));
  expect(source.asked).toBe(32);
});

it('ends with its signal, and with the client', async () => {
  await using world = startWorld();
  const client = await world.client();
  const signal = AbortSignal.abort(new Error('changed my mind'));
  await expect(client.preload({ refs: [limits], tenants: ['acme'], signal })).rejects.toThrow('changed my mind');
  await client.close();
  await expect(client.preload({ refs: [limits], tenants: ['acme'] })).rejects.toMatchObject({ code: 'CLOSED' });
});

it.each([
  [{ refs: limits }, 'INVALID_OPTION'],
  [{ refs: ['limits'] }, 'INVALID_OPTION'],
  [{ tenants: 'acme' }, 'INVALID_OPTION'],
  [{ tenants: [''] }, 'INVALID_TENANT'],
  [{ signal: 5 }, 'INVALID_OPTION'],
  [{ ref: limits }, 'INVALID_OPTION'],
])('refuses %o', async (options, code) => {
  await using world = startWorld();
  const client = await world.client();
  await expect(client.preload(options as never)).rejects.toMatchObject({ code });
});

it('after a mass change the watched configs are loaded some at a time, the hottest first', async () => {
  await using world = startWorld();
  const source = tableSource();
  const configs = Array.from({ length: 80 }, (_, i) => defineConfig({ name: `c${i}`, schema, ...PATIENT }));
  for (const config of configs) source.set(config, 1, 1);
  const loaded: string[] = [];
  const load: typeof source.load = (tenant, definitions) => {
    loaded.push(...definitions.map(({ name }) => name));
    return source.load(tenant, definitions);
  };
  const client = await world.client({ source: { load } });
  const acme = client.tenant('acme');
  for (const config of configs) acme.watch(config).subscribe();
  await eventually(() => expect(configs.map(config => acme.peek(config))).toEqual(configs.map(() => 1)));
  for (let i = 0; i < 100; i++) for (const config of configs.slice(70)) acme.peek(config);
  loaded.length = 0;
  source.hold();
  for (const config of configs) source.set(config, 2, 2);
  await world.apply('acme', ...configs.map(config => announced(config, 2)));
  await eventually(() => expect(source.waiting).toBe(32));
  expect(loaded.slice(0, 10).sort()).toEqual(configs.slice(70).map(({ name }) => name));
  source.letGo();
  await eventually(() => expect(configs.map(config => acme.peek(config))).toEqual(configs.map(() => 2)));
  expect(loaded).toHaveLength(80);
});
