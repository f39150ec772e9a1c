import { configStore, databaseSource } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import { type ClientOptions, createClient } from '@tenantry/sdk';
import { eventually, startFaultProxy, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

// While Redis says nothing, each write and each read waits for it as long as this.
const times = { cacheTimeout: '500ms', databaseTimeout: '30s' } as const;
const limit = defineConfig({ ...times, name: 'limit', schema: z.number() });
const theme = defineConfig({
  ...times,
  name: 'theme',
  schema: z.object({ color: z.string() }),
  default: { color: 'blue' },
});
const banner = defineConfig({ ...times, name: 'banner', schema: z.string(), writePolicy: 'write-around' });
const timed = defineConfig({ ...times, name: 'timed', schema: z.number(), ttl: '100ms', maxStale: '100ms' });

/** A writer and readers, all of which reach Redis through one proxy; and the database as the readers' source. */
async function start() {
  const { hostname: host, port } = new URL(testServers().redisUrl);
  const proxy = await startFaultProxy({ target: { host, port: Number(port) } });
  const redisUrl = `redis://${proxy.host}:${proxy.port}`;
  const system = await openSystem({
    sync: [],
    redisUrl,
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { configs: [limit, theme, banner, timed] },
  });
  const ends: (() => unknown)[] = [];
  return {
    system,
    proxy,
    store: configStore(system.orm as never),
    async client(options: Partial<ClientOptions> = {}) {
      const redis = new Redis(redisUrl, { retryStrategy: () => 20 }).on('error', () => undefined);
      const source = databaseSource(system.orm as never);
      const client = await createClient({
        redis,
        prefix: system.prefix,
        source,
        heartbeatMs: 100,
        backoffMs: 20,
        ...options,
      });
      ends.push(
        () => client.close(),
        () => redis.disconnect(),
      );
      return client;
    },
    /** The fault is over. The proxy has swallowed bytes for good, so those connections cannot be used again. */
    async heal() {
      proxy.set('pass');
      proxy.cut();
      await eventually(() => system.redis.status === 'ready');
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) await end();
      proxy.set('pass');
      await system[Symbol.asyncDispose]();
      await proxy.close();
    },
  };
}

// G15
it.each(['refuse', 'silent'] as const)(
  'writes are durable and every reader has an answer while Redis is away, and all of it is in Redis afterwards: %s',
  async mode => {
    await using world = await start();
    const { store, proxy, system } = world;
    const configs = store.tenant('acme');
    await configs.set(limit, 1);
    await configs.set(banner, 'one');
    const acme = (await world.client()).tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(limit).subscribe(value => seen.push(value));
    expect(await acme.get(banner)).toBe('one');
    await eventually(() => expect(seen).toEqual([1]));

    proxy.set(mode);
    await eventually(() => expect(acme.peekEntry(limit)?.stale).toBe(true));
    expect(await configs.set(limit, 2)).toMatchObject({ version: 2, persisted: true, published: 'later' });
    expect(await store.tenant('new').set(theme, { color: 'red' })).toMatchObject({
      persisted: true,
      published: 'later',
    });
    expect(await system.sql('select value from tenantry_config where version = 2')).toEqual([{ value: '2' }]);
    // From memory, and what memory does not have from the database.
    expect(await acme.entry(limit)).toMatchObject({ stale: true, origin: expect.stringMatching(/memory|source/) });
    const fresh = (await world.client({ readTimeoutMs: 500 })).tenant('new');
    expect(await fresh.entry(theme)).toMatchObject({ value: { color: 'red' }, origin: 'source', stale: true });

    await world.heal();
    await eventually(() => system.drain());
    await eventually(() => expect(seen.at(-1)).toBe(2));
    expect(await system.value('new', theme.address)).toEqual({ color: 'red' });
    await eventually(async () =>
      expect(await fresh.entry(theme)).toMatchObject({ value: { color: 'red' }, stale: false }),
    );
    watching.unsubscribe();
  },
);

// K18
it('a process that starts without Redis, or with a Redis that has dropped the value, has what the database has', async () => {
  await using world = await start();
  const { store, proxy, system } = world;
  await store.tenant('acme').set(limit, 1);
  await store.tenant('acme').set(limit, 2);
  await store.tenant('acme').set(timed, 7);
  await store.tenant('acme').set(theme, { color: 'red' });
  await store.tenant('acme').unset(theme);
  await eventually(async () => expect(await system.value('acme', timed.address)).toBeUndefined());
  const late = (await world.client()).tenant('acme');
  expect(await late.entry(timed)).toMatchObject({ value: 7, version: 1, origin: 'source' });

  proxy.set('refuse');
  const acme = (await world.client({ readTimeoutMs: 500 })).tenant('acme');
  expect(await acme.getMany([limit, timed, theme])).toEqual([2, 7, { color: 'blue' }]);
  expect(await acme.entry(limit)).toMatchObject({ version: 2, stale: true });
  expect(await acme.get(banner)).toBeUndefined();
  await world.heal();
  await eventually(async () => expect(await acme.entry(limit)).toMatchObject({ value: 2, stale: false }));
});
