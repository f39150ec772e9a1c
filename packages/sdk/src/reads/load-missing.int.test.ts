// L13 is answered differently: who does not get the lease waits for a while and then loads without it, so that neither a
// lost lease nor a slow holder makes anybody's value older. L21: there is no soft timeout; `eagerRefresh` is what keeps callers
// from waiting. G8's `databaseTimeout` is the hard one.
import { defineConfig } from '@tenantry/protocol';
import { decodeEnvelope } from '@tenantry/protocol/wire';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { configPut, configRetired, configUnset, feature, limits } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';
import { brief, expectNoUnhandledRejection, HOUR, schema, timed, unavailable } from './loaded-configs.fixture.ts';
import { tableSource } from './table-source.fixture.ts';

expectNoUnhandledRejection();

it('a config that Redis does not have is loaded once for all callers of all processes, and then is in Redis and in memory', async () => {
  // A1, G4, G6, L9, L14
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 3, { most: 7 });
  source.hold();
  const clients = await Promise.all(Array.from({ length: 8 }, () => world.client({ source })));
  const calls = clients.flatMap(client => Array.from({ length: 20 }, () => client.tenant('acme').entry(limits)));
  await eventually(() => expect(source.waiting).toBe(1));
  source.letGo();
  const entries = await Promise.all(calls);
  expect(source.asked).toBe(1);
  for (const entry of entries) expect(entry).toMatchObject({ value: { most: 7 }, version: 3, stale: false });
  expect(entries.filter(({ origin }) => origin === 'source')).toHaveLength(20);
  const late = await world.client({ source });
  expect(await late.tenant('acme').entry(limits)).toMatchObject({ version: 3, origin: 'redis' });
  expect(clients[0]?.tenant('acme').peek(limits)).toEqual({ most: 7 });
  expect(source.asked).toBe(1);
});

it('a process that missed a config just before another process loaded it does not load it again', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 3, { most: 7 });
  const slow = new Redis(world.redisUrl);
  // Its lease is asked for only after the other has loaded, filled, and given its own back.
  const set = slow.set.bind(slow) as (...args: unknown[]) => Promise<unknown>;
  const [asking, brought] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  slow.set = (async (...args: unknown[]) => {
    asking.resolve();
    await brought.promise;
    return set(...args);
  }) as never;
  const [late, quick] = [await world.client({ source, redis: slow }), await world.client({ source })];
  const missed = late.tenant('acme').entry(limits);
  await asking.promise;
  expect(await quick.tenant('acme').entry(limits)).toMatchObject({ version: 3, origin: 'source' });
  const { leasePrefix } = world.replica.names.of('acme');
  await eventually(async () => expect(await world.redis.exists(leasePrefix + limits.address)).toBe(0));
  brought.resolve();
  expect(await missed).toMatchObject({ value: { most: 7 }, version: 3, stale: false });
  expect(source.asked).toBe(1);
  slow.disconnect();
});

it('all processes remember for a while, and until it is created, that neither Redis nor the source has a config', async () => {
  // G2, G10
  await using world = startWorld();
  const source = tableSource();
  let now = Date.now();
  const [one, two] = [await world.client({ source, clock: () => now }), await world.client({ source })];
  for (let i = 0; i < 3; i++)
    expect(await one.tenant('acme').entry(feature)).toMatchObject({ value: { on: false }, stale: false });
  expect(await two.tenant('acme').get(feature)).toEqual({ on: false });
  expect(source.asked).toBe(1);
  const key = world.replica.names.of('acme').keyPrefix + feature.address;
  expect(decodeEnvelope((await world.redis.getBuffer(key)) as Buffer)).toMatchObject({ isAbsent: true });
  const leftMs = await world.redis.pttl(key);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(feature.negativeTtlMs);
  await world.apply('acme', configPut(feature, 1, { on: true }));
  await eventually(() => expect(one.tenant('acme').peek(feature)).toEqual({ on: true }));
  expect(source.asked).toBe(1);
  await world.apply('acme', configUnset(feature, 2));
  await eventually(() => expect(one.tenant('acme').peek(feature)).toEqual({ on: false }));
  await one.tenant('other').get(feature);
  now += 5_001;
  await one.tenant('other').get(feature);
  expect(source.asked).toBe(3);
});

it('all callers share the error of a failed load; nothing is kept of it, and the next caller may try', async () => {
  // G11, L10, L17, L19, L20
  await using world = startWorld();
  const source = tableSource();
  let now = Date.now();
  const troubles: unknown[] = [];
  const client = await world.client({ source, clock: () => now, onTrouble: error => troubles.push(error) });
  const acme = client.tenant('acme');
  source.fail(new Error('select secret from t'));
  const failed = await Promise.allSettled(Array.from({ length: 50 }, () => acme.get(limits)));
  for (const each of failed) expect(each).toMatchObject({ reason: { code: 'UNAVAILABLE', retryable: true } });
  expect(String(troubles)).not.toContain('secret');
  await expect(acme.get(limits)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // With a default it is that.
  expect(await acme.entry(feature)).toMatchObject({ value: { on: false }, origin: 'default', stale: true });
  expect(source.asked).toBe(2);
  for (const { address } of [limits, feature])
    expect(await world.redis.exists(world.replica.names.of('acme').keyPrefix + address)).toBe(0);
  source.fail();
  source.set(limits, 1, { most: 1 });
  now += 1_000;
  expect(await acme.get(limits)).toEqual({ most: 1 });
  expect(acme.peek(feature)).toBeUndefined();
  const mute = await world.client({ source: { load: async () => undefined as never } });
  await expect(mute.tenant('mute').get(limits)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

it('a loaded value older than a change that came meanwhile is neither shown nor put into Redis', async () => {
  // G14, L52
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  const client = await world.client({ source });
  const acme = client.tenant('acme');
  source.hold();
  const reading = acme.get(limits);
  await eventually(() => expect(source.waiting).toBe(1));
  await world.apply('acme', configPut(limits, 2, { most: 2 }));
  source.letGo();
  expect(await reading).toEqual({ most: 2 });
  const other = await world.client();
  expect(await other.tenant('acme').get(limits)).toEqual({ most: 2 });
});

it('a process loads without the lease where another one holds it too long, and no lease can be read as a value', async () => {
  // G16, L13
  await using world = startWorld();
  const source = tableSource();
  source.set(brief, 1, 1);
  await world.redis.set(`${world.replica.names.of('acme').leasePrefix}${brief.address}`, 'token', 'PX', 60_000);
  const acme = (await world.client({ source })).tenant('acme');
  const began = performance.now();
  expect(await acme.get(brief)).toEqual(1);
  expect(performance.now() - began).toBeLessThan(brief.cacheTimeoutMs + BUSY_MS);
});

it('a waiting process takes the load over as soon as the loading process gives up', async () => {
  // L10
  await using world = startWorld();
  const [failing, good] = [tableSource(), tableSource()];
  good.set(limits, 1, { most: 1 });
  failing.fail(unavailable);
  failing.hold();
  const [one, two] = [await world.client({ source: failing }), await world.client({ source: good })];
  const first = one.tenant('acme').get(limits);
  await eventually(() => expect(failing.waiting).toBe(1));
  const second = two.tenant('acme').get(limits);
  failing.letGo();
  await expect(first).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const began = performance.now();
  expect(await second).toEqual({ most: 1 });
  // Without the lease it would wait for `cacheTimeout`, and then load all the same.
  expect(performance.now() - began).toBeLessThan(BUSY_MS);
  expect(good.asked).toBe(1);
});

it('an aborted signal rejects only its own caller; the load goes on for the others', async () => {
  // L15
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  source.hold();
  const troubles: unknown[] = [];
  const acme = (await world.client({ source, onTrouble: error => troubles.push(error) })).tenant('acme');
  const cancel = new AbortController();
  const cancelled = acme.get(limits, { signal: cancel.signal });
  const other = acme.get(limits);
  await eventually(() => expect(source.waiting).toBe(1));
  cancel.abort(new Error('changed my mind'));
  await expect(cancelled).rejects.toThrow('changed my mind');
  source.letGo();
  expect(await other).toEqual({ most: 1 });
  expect(troubles).toEqual([]);
});

it('an aborted signal rejects only its own caller, too, where another process has the lease', async () => {
  // L15
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  source.hold();
  const troubles: unknown[] = [];
  const onTrouble = (error: unknown) => troubles.push(error);
  const [one, two] = [await world.client({ source, onTrouble }), await world.client({ source, onTrouble })];
  const holding = one.tenant('acme').get(limits);
  await eventually(() => expect(source.waiting).toBe(1));
  const cancel = new AbortController();
  const cancelled = two.tenant('acme').get(limits, { signal: cancel.signal });
  const waiting = two.tenant('acme').get(limits);
  // It has missed in Redis, so it waits for the lease.
  await eventually(() => expect(two.stats().reads).toBeGreaterThan(1));
  cancel.abort(new Error('changed my mind'));
  await expect(cancelled).rejects.toThrow('changed my mind');
  source.letGo();
  expect(await Promise.all([holding, waiting])).toEqual([{ most: 1 }, { most: 1 }]);
  expect(source.asked).toBe(1);
  expect(troubles).toEqual([]);
});

it('no caller waits longer than the budget where the source never answers', async () => {
  // L21, L57
  await using world = startWorld();
  const slow = defineConfig({ name: 'slow', schema, databaseTimeout: '100ms' });
  const acme = (await world.client({ source: { load: () => new Promise(() => undefined) } })).tenant('acme');
  const began = performance.now();
  await expect(acme.get(slow)).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(performance.now() - began).toBeLessThan(100 + 3 * slow.cacheTimeoutMs + BUSY_MS);
});

it('a deregistered config is not loaded, although its row is there', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 5, { most: 5 });
  await world.apply('acme', configPut(limits, 5, { most: 5 }));
  await world.apply('acme', configRetired(limits, 5));
  const acme = (await world.client({ source })).tenant('acme');
  expect(await acme.entry(limits)).toMatchObject({ value: undefined, stale: false });
  expect(await world.redis.exists(world.replica.names.of('acme').keyPrefix + limits.address)).toBe(0);
});

it('a row that was deleted past every hook is gone from memory and Redis after the ttl, in every process', async () => {
  // G2, G3
  await using world = startWorld();
  const source = tableSource();
  let now = Date.now();
  const options = { source, clock: () => now };
  const [one, two] = [await world.client(options), await world.client(options)];
  source.set(timed, 1, 1);
  for (const client of [one, two]) expect(await client.tenant('acme').get(timed)).toBe(1);
  const key = world.replica.names.of('acme').keyPrefix + timed.address;
  expect(await world.redis.exists(key)).toBe(1);
  source.set(timed, 2, undefined);
  now += HOUR + 1;
  expect(await one.tenant('acme').entry(timed)).toMatchObject({ value: undefined, stale: false });
  await eventually(() => expect(two.tenant('acme').peekEntry(timed)).toMatchObject({ value: undefined, stale: false }));
  const bytes = await world.redis.getBuffer(key);
  expect(bytes === null || decodeEnvelope(bytes).isAbsent).toBe(true);
  expect(source.asked).toBe(2);
  expect(await (await world.client(options)).tenant('acme').get(timed)).toBeUndefined();
});
