import { defineConfig, TenantryError } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { counter, limit, session, theme } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, type SystemOptions, type TestSystem } from '../system.fixture.ts';
import { type ConfigStore, configStore } from './config-store.ts';

const configs = [limit, theme, counter, session];

async function open(
  options: Partial<SystemOptions> = {},
): Promise<AsyncDisposable & { system: TestSystem; store: ConfigStore }> {
  const system = await openSystem({ sync: [[Plan, plans]], ...options, tenantry: { configs, ...options.tenantry } });
  return { system, store: configStore(system.orm), [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    error => (error instanceof TenantryError ? error.code : error),
  );

const lastChanges = async (system: TestSystem, tenant: string) => (await system.feed(tenant)).at(-1)?.changes;

it('a config that is registered while the process runs has the values of the database, for readers too, and its versions go on', async () => {
  await using world = await open();
  const { system, store } = world;
  // It is not about time.
  const patient = { cacheTimeout: '10s', databaseTimeout: '30s' } as const;
  const late = defineConfig({ ...patient, name: 'late', schema: z.number(), group: 'late' });
  expect(await codeOf(store.tenant('a').set(late, 1))).toBe('NOT_REGISTERED');
  for (const [tenant, version] of [
    ['a', 7],
    ['b', 8],
  ])
    await system.sql('insert into tenantry_config (tenant, name, value, version, updated_at) values (?, ?, ?, ?, ?)', [
      tenant,
      'late',
      '42',
      version,
      1,
    ]);
  await store.register(late);
  expect(store.definitions.get('late')).toBe(late);
  expect(store.groups().get('late')).toEqual(['late']);
  for (const tenant of ['a', 'b']) expect(await system.value(tenant, late.address)).toBe(42);
  expect((await store.tenant('a').set(late, 43)).version).toBe(8);
  await store.register(late);
  expect((await store.tenant('a').get(late))?.value).toBe(43);
});

it('a config is not registered if its name, `configKey` or `cacheKey` is that of another', async () => {
  await using world = await open();
  const { store } = world;
  const schema = z.number();
  for (const other of [
    defineConfig({ name: limit.name, schema }),
    defineConfig({ name: 'other', configKey: limit.configKey, schema }),
    defineConfig({ name: 'other', cacheKey: limit.cacheKey, schema }),
  ])
    expect(await codeOf(store.register(other))).toBe('INVALID_DEFINITION');
  expect(await codeOf(store.register({} as never))).toBe('INVALID_OPTION');
  expect(await codeOf(store.deregister(defineConfig({ name: limit.name, schema })))).toBe('NOT_REGISTERED');
  expect((await store.tenant('a').set(limit, 1)).version).toBe(1);
});

it('a deregistered config is gone from Redis in every tenant, its watchers are told, and the database keeps everything', async () => {
  await using world = await open();
  const { system, store } = world;
  const { names } = system.replication.replica;
  await store.tenant('a').set(limit, 1);
  await store.tenant('a').set(limit, 2, { actor: 'ann' });
  await store.tenant('a').set(theme, { color: 'red' });
  await store.tenant('b').set(limit, 3);
  await store.tenant('unset').set(limit, 3);
  await store.tenant('unset').unset(limit);
  await store.tenant('never').set(theme, { color: 'red' });
  await system.redis.set(names.of('a').leasePrefix + limit.address, 'somebody');

  await store.deregister(limit);

  expect(Object.keys(await system.redisKeys()).sort()).toEqual([`a/${theme.address}`, `never/${theme.address}`]);
  expect(await system.redis.exists(names.of('a').leasePrefix + limit.address)).toBe(0);
  for (const [tenant, version] of [
    ['a', 2],
    ['b', 1],
    ['unset', 2],
    ['never', 1],
  ] as const)
    expect(await lastChanges(system, tenant)).toEqual([
      { owner: limit.address, version, op: 'retire', addresses: [], envelope: undefined },
    ]);
  const a = store.tenant('a');
  for (const work of [a.set(limit, 1), a.unset(limit), a.get(limit), a.setMany([[limit, 1] as never])])
    expect(await codeOf(work)).toBe('NOT_REGISTERED');
  expect(await codeOf(store.deregister(limit))).toBe('NOT_REGISTERED');
  expect(store.definitions.has(limit.name)).toBe(false);
  // D9
  expect((await a.history(limit)).items.map(({ version, actor }) => [version, actor])).toEqual([
    [2, 'ann'],
    [1, undefined],
  ]);
  expect((await a.list({ values: true })).items[0]).toMatchObject({ name: limit.name, config: undefined });

  await store.register(limit);
  expect(await system.value('a', limit.address)).toBe(2);
  expect(await system.value('b', limit.address)).toBe(3);
  expect(await lastChanges(system, 'a')).toMatchObject([{ owner: limit.address, version: 2, op: 'put' }]);
  expect((await store.tenant('never').set(limit, 5)).version).toBe(1);
  expect(await system.value('never', limit.address)).toBe(5);
  expect((await a.set(limit, 6)).version).toBe(3);
});

it('a deregistered config does not come back with a publish that was under way', async () => {
  await using world = await open();
  const { system, store } = world;
  await store.tenant('a').set(limit, 1);
  const held = holdNextApply(system);
  const setting = store.tenant('a').set(limit, 2);
  await held.reached;
  await store.deregister(limit);
  held.release();
  await setting;
  expect(await system.redisKeys()).toEqual({});
  expect((await store.tenant('a').history(limit)).items).toHaveLength(2);
});

it('a deregistered config does not come back with a transaction that was open, nor does deregistering wait for one', async () => {
  await using world = await open();
  const { system, store } = world;
  await store.tenant('a').set(limit, 1);
  const written = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const committing = system.em().transactional(async em => {
    await store.tenant('a').set(limit, 2, { em });
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  await store.deregister(limit);
  mayCommit.resolve();
  await committing;
  expect(await system.redisKeys()).toEqual({});
  await system.drain();
  expect(await system.redisKeys()).toEqual({});
  expect((await store.tenant('a').history(limit)).items).toHaveLength(2);
  await store.register(limit);
  expect(await system.value('a', limit.address)).toBe(2);
});

it('deregistering removes the outbox rows that no process would publish', async () => {
  await using world = await open({ tenantry: { publish: 'relay' } });
  const { system, store } = world;
  const late = defineConfig({ name: 'unhurried', schema: z.number(), databaseTimeout: '30s' });
  await store.register(late);
  const em = system.em();
  await em.transactional(async inner => {
    await store.tenant('a').set(late, 1, { em: inner });
  });
  expect((await system.outbox()).map(({ definition }) => definition)).toEqual(['@config/unhurried']);
  await store.deregister(late);
  expect(await system.outbox()).toEqual([]);
  await system.drain();
  expect(await system.redisKeys()).toEqual({});
});

it('deregistering flushes the dirty values first', async () => {
  await using world = await open();
  const { system, store } = world;
  await store.tenant('a').set(counter, { n: 1 });
  const { version } = await store.tenant('a').set(counter, { n: 2 });
  expect((await store.tenant('a').get(counter))?.dirty).toBe(true);
  await store.deregister(counter);
  expect(await system.redisKeys()).toEqual({});
  expect((await store.tenant('a').history(counter)).items[0]).toMatchObject({ version, value: { n: 2 } });
  await store.register(counter);
  expect(await store.tenant('a').get(counter)).toMatchObject({ value: { n: 2 }, version, dirty: false });
  expect((await store.tenant('a').set(counter, { n: 3 })).version).toBe(version + 1);
});

it('deregistering a Redis-only config deletes its value for good and keeps its version counter', async () => {
  await using world = await open();
  const { system, store } = world;
  const { version } = await store.tenant('a').set(session, { user: 'ann' });
  await store.deregister(session);
  expect(await system.redisKeys()).toEqual({});
  await store.register(session);
  expect(await store.tenant('a').get(session)).toBeUndefined();
  expect((await store.tenant('a').set(session, { user: 'bob' })).version).toBe(version + 1);
});

it('a config stays registered if Redis is away, and deregistering can be repeated', async () => {
  await using world = await open();
  const { system, store } = world;
  await store.tenant('a').set(limit, 1);
  system.redis.disconnect();
  expect(await codeOf(store.deregister(limit))).toBe('UNAVAILABLE');
  expect(store.definitions.has(limit.name)).toBe(true);
  await system.redis.connect();
  await store.deregister(limit);
  expect(await system.redisKeys()).toEqual({});
});
