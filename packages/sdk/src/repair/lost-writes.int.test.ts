// Redis lost write-backs that were acknowledged, seen here and not flushed: it gives their versions again.

import { type AnyConfig, defineConfig, type LoadedConfig } from '@tenantry/protocol';
import { eventually, startRedisServer } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Entry } from '../memory/entry.ts';
import { configPut, configRetired, configUnset, feature, limits } from '../published-configs.fixture.ts';
import { planById, planPut, startWorld } from '../world.fixture.ts';
import { lose } from './lose-redis.fixture.ts';

const counter = defineConfig({ name: 'counter', schema: z.object({ n: z.number() }), default: { n: 0 } });

it('readers take the write that Redis has where a version was given to two, and hear nothing where the two are equal', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  await world.apply('acme', configPut(limits, 9, { most: 9 }), configPut(feature, 4, { on: true }));
  const client = await world.client();
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  const watching = [limits, feature].map(config => acme.watch<unknown>(config).subscribe(value => seen.push(value)));
  await eventually(() => expect(seen).toHaveLength(2));
  await lose(world, client, configPut(limits, 9, { most: 90 }), configPut(feature, 4, { on: true }));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 90 }, stale: false }));
  expect(acme.peekEntry(feature)).toMatchObject({ version: 4, stale: false });
  expect(seen).toEqual([{ most: 9 }, { on: true }, { most: 90 }]);
  for (const one of watching) one.unsubscribe();
});

it('once Redis was behind, readers take what a message tells of a reused version: a write, one too large to push, or an unset', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  const all: AnyConfig[] = [limits, feature, counter];
  await world.apply(
    'acme',
    configPut(limits, 9, { most: 9 }),
    configPut(feature, 9, { on: true }),
    configPut(counter, 9, { n: 9 }),
  );
  const client = await world.client();
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  const watching = all.map(config => acme.watch<unknown>(config as never).subscribe(value => seen.push(value)));
  await eventually(() => expect(seen).toHaveLength(3));
  const behind = [configPut(limits, 7, { most: 7 }), configPut(feature, 7, { on: false })];
  await lose(world, client, ...behind, configPut(counter, 7, { n: 7 }));
  for (const config of [limits, feature, counter])
    expect(acme.peekEntry<unknown>(config as never)).toMatchObject({ version: 9, stale: true });
  await world.apply('acme', configPut(limits, 8, { most: 8 }), planPut({ id: 1, version: 1, seats: 1 }));
  await eventually(() => expect(acme.peek(planById(1)) ?? acme.get(planById(1))).toMatchObject({ seats: 1 }));
  expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 9 }, version: 9, stale: true });
  expect(await acme.entry(limits)).toMatchObject({ value: { most: 9 }, version: 9, stale: true });

  await world.apply('acme', configPut(limits, 9, { most: 90 }));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 90 }, stale: false }));
  await world.apply('acme', configUnset(feature, 9));
  await eventually(() => expect(acme.peekEntry(feature)).toMatchObject({ origin: 'default', stale: false }));
  await world.apply('acme', configPut(counter, 9, { n: 90, ballast: 'x'.repeat(100_000) }));
  await eventually(() => expect(acme.peekEntry(counter)).toMatchObject({ value: { n: 90 }, stale: false }));
  expect(seen).toEqual([{ most: 9 }, { on: true }, { n: 9 }, { most: 90 }, { on: false }, { n: 90 }]);
  for (const one of watching) one.unsubscribe();
});

it('readers take the last write of a reused version also where Redis evicted only the config and the feed went on', async () => {
  await using world = startWorld();
  await world.apply('acme', configPut(limits, 9, { most: 9 }, { updatedAt: 1 }));
  const client = await world.client();
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  const watching = acme.watch(limits).subscribe(value => seen.push(value));
  await eventually(() => expect(seen).toHaveLength(1));
  const { keyPrefix, records } = world.replica.names.of('acme');
  await world.redis
    .multi()
    .del(keyPrefix + limits.address)
    .hdel(records, limits.address)
    .exec();
  await world.apply('acme', configPut(limits, 9, { most: 90 }, { updatedAt: 2 }));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 90 }, stale: false }));
  const evict = () =>
    world.redis
      .multi()
      .del(keyPrefix + limits.address)
      .hdel(records, limits.address)
      .exec();
  await evict();
  // Too large to be pushed, and none at all.
  await world.apply('acme', configPut(limits, 9, { most: 91, ballast: 'x'.repeat(100_000) }, { updatedAt: 3 }));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 91 }, stale: false }));
  await evict();
  await world.apply('acme', configUnset(limits, 9));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: undefined, stale: false }));
  expect(seen).toEqual([{ most: 9 }, { most: 90 }, { most: 91 }, undefined]);
  expect(client.stats()).toMatchObject({ resyncs: 0, repairedBySweep: 0 });
  watching.unsubscribe();
});

it('any later version makes a reader of a lost version fresh, and a retirement ends it', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  await world.apply('acme', configPut(limits, 9, { most: 9 }), configPut(feature, 9, { on: true }));
  const client = await world.client();
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  acme.watch(feature).subscribe({ next: value => seen.push(value.on), complete: () => seen.push('completed') });
  const watching = acme.watch(limits).subscribe();
  await eventually(() => expect(seen).toEqual([true]));
  await lose(world, client, configPut(limits, 7, { most: 7 }), configPut(feature, 7, { on: false }));
  await world.apply('acme', configUnset(limits, 11), configRetired(feature, 7));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: undefined, stale: false }));
  await eventually(() => expect(seen).toEqual([true, false, 'completed']));
  await world.apply('acme', configPut(limits, 12, { most: 12 }));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ version: 12, stale: false }));
  watching.unsubscribe();
});

it('a lost version is gone where the source never had it, and stale while versions begin again below it', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  await world.apply('acme', configPut(limits, 9, { most: 9 }));
  const client = await world.client();
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  const watching = acme
    .watchEntry(limits)
    .subscribe(({ value, stale }: Entry<{ most: number }>) => seen.push(`${value?.most}${stale ? ' stale' : ''}`));
  await eventually(() => expect(seen.at(-1)).toBe('9'));
  await lose(world, client);
  await eventually(() => expect(seen.at(-1)).toBe('undefined'));
  await world.apply('acme', configPut(limits, 1, { most: 1 }));
  await eventually(() => expect(seen.at(-1)).toBe('undefined stale'));
  expect(await acme.entry(limits)).toMatchObject({ value: undefined, stale: true });
  await world.apply('acme', configUnset(limits, 2));
  await eventually(() => expect(seen.at(-1)).toBe('undefined'));
  await world.apply('acme', configPut(limits, 3, { most: 3 }));
  await eventually(() => expect(seen.at(-1)).toBe('undefined stale'));
  await world.apply('acme', configPut(limits, 9, { most: 90 }));
  await eventually(() => expect(seen.at(-1)).toBe('90'));
  expect(seen.filter(it => typeof it === 'string' && /^[13]\b/.test(it))).toEqual([]);
  watching.unsubscribe();
});

it('a lost version is stale while the source has an older one, and gives way to the source once that has caught up', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  let inDatabase: LoadedConfig = { version: 8, updatedAt: 1, expiresAt: 0, json: '{"most":8}' };
  const source = { load: async () => [inDatabase] };
  const client = await world.client({ source });
  const acme = client.tenant('acme');
  await world.apply('acme', configPut(limits, 9, { most: 9 }));
  expect(await acme.entry(limits)).toMatchObject({ version: 9, stale: false });
  await lose(world, client);
  expect(await acme.entry(limits)).toMatchObject({ value: { most: 9 }, version: 9, stale: true });
  inDatabase = { version: 9, updatedAt: 1, expiresAt: 0, json: '{"most":90}' };
  await lose(world, client);
  expect(await acme.entry(limits)).toMatchObject({ value: { most: 90 }, version: 9, stale: false });
});

it('where Redis has an older version, a watched config gets the state of the source without a read', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  let inDatabase: LoadedConfig = { version: 9, updatedAt: 1, expiresAt: 0, json: '{"most":9}' };
  let loads = 0;
  const load = async () => {
    loads++;
    return [inDatabase];
  };
  const client = await world.client({ source: { load } });
  const acme = client.tenant('acme');
  await world.apply('acme', configPut(limits, 9, { most: 9 }));
  const seen: unknown[] = [];
  const watching = acme.watchEntry(limits).subscribe(({ value, stale }) => seen.push([value?.most, stale]));
  await eventually(() => expect(seen.at(-1)).toEqual([9, false]));
  // It was unset, and Redis never heard of that.
  inDatabase = { version: 10, updatedAt: 1, expiresAt: 0, json: undefined };
  await lose(world, client, configPut(limits, 8, { most: 8 }));
  await eventually(() => expect(seen.at(-1)).toEqual([undefined, false]));
  expect(seen.slice(0, -1)).not.toContainEqual([undefined, false]);

  // A write-back that both have lost stays, stale, and is not asked for all the time.
  await world.apply('acme', configPut(limits, 12, { most: 12 }));
  await eventually(() => expect(seen.at(-1)).toEqual([12, false]));
  inDatabase = { version: 11, updatedAt: 1, expiresAt: 0, json: '{"most":11}' };
  await lose(world, client, configPut(limits, 11, { most: 11 }));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 12 }, stale: true }));
  loads = 0;
  for (let i = 0; i < 20; i++) expect(await acme.entry(limits)).toMatchObject({ value: { most: 12 }, stale: true });
  expect(loads).toBeLessThan(3);
  inDatabase = { version: 10, updatedAt: 1, expiresAt: 0, json: '{"most":10}' };
  await lose(world, client, configPut(limits, 11, { most: 11 }));
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 12 }, stale: true }));
  loads = 0;
  for (let i = 0; i < 20; i++) expect(await acme.entry(limits)).toMatchObject({ value: { most: 12 }, stale: true });
  expect(loads).toBeLessThan(3);
  watching.unsubscribe();
});
