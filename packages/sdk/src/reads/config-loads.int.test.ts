// L13 is answered differently: who does not get the lease waits for a while and then loads without it, so that neither a
// lost lease nor a slow holder makes anybody's value older. L21 and L24: there is no soft timeout; `eagerRefresh` is what
// keeps callers from waiting. G8's `databaseTimeout` is the hard one.
import { defineConfig, TenantryError } from '@tenantry/protocol';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { announced, configPut, configRetired, configUnset, feature, limits, PATIENT } from '../configs.fixture.ts';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { tableSource } from '../table-source.fixture.ts';
import { startWorld } from '../world.fixture.ts';

const schema = z.number();
const around = defineConfig({ name: 'around', schema, writePolicy: 'write-around', ...PATIENT });
const local = defineConfig({ name: 'local', schema, cache: 'local', ...PATIENT });
const off = defineConfig({ name: 'off', schema, cache: 'off', ...PATIENT });
const timed = defineConfig({ name: 'timed', schema, ttl: '1h', maxStale: '2h', retryThrottle: '10s', ...PATIENT });
const eager = defineConfig({ name: 'eager', schema, ttl: '1h', eagerRefresh: 0.5, ...PATIENT });
/** At the default budgets. */
const brief = defineConfig({ name: 'brief', schema });
const unavailable = new TenantryError('UNAVAILABLE', 'The database is away.');
const HOUR = 3_600_000;

const unhandled: unknown[] = [];
const remember = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', remember));
afterAll(() => {
  process.off('unhandledRejection', remember);
  expect(unhandled).toEqual([]);
});

describe('what Redis does not have', () => {
  it('is loaded once for all callers of all processes, and is in Redis and in memory then', async () => {
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

  it('is not loaded again by who missed it just before another process brought it', async () => {
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

  it('nor the source, is remembered for a while, by all processes, and until it is created', async () => {
    // G2, G3, G10
    await using world = startWorld();
    const source = tableSource();
    let now = Date.now();
    const [one, two] = [await world.client({ source, clock: () => now }), await world.client({ source })];
    for (let i = 0; i < 3; i++)
      expect(await one.tenant('acme').entry(feature)).toMatchObject({ value: { on: false }, stale: false });
    expect(await two.tenant('acme').get(feature)).toEqual({ on: false });
    expect(source.asked).toBe(1);
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

  it('is an error where it cannot be loaded, shared by all callers; nothing is kept of it, and the next may try', async () => {
    // G11, L10, L17, L20
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
    source.fail();
    source.set(limits, 1, { most: 1 });
    now += 1_000;
    expect(await acme.get(limits)).toEqual({ most: 1 });
    expect(acme.peek(feature)).toBeUndefined();
    const mute = await world.client({ source: { load: async () => undefined as never } });
    await expect(mute.tenant('mute').get(limits)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is not shown where it is older than a change that came while it was loaded, nor put into Redis', async () => {
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

  it('is loaded by every process itself where the lease is held too long, and cannot be read as a value', async () => {
    // G16, L14
    await using world = startWorld();
    const source = tableSource();
    source.set(brief, 1, 1);
    await world.redis.set(`${world.replica.names.of('acme').leasePrefix}${brief.address}`, 'token', 'PX', 60_000);
    const acme = (await world.client({ source })).tenant('acme');
    const began = performance.now();
    expect(await acme.get(brief)).toEqual(1);
    expect(performance.now() - began).toBeLessThan(brief.cacheTimeoutMs + BUSY_MS);
  });

  it('is taken over as soon as the one that loads gives up', async () => {
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
    expect(await second).toEqual({ most: 1 });
    expect(good.asked).toBe(1);
  });

  it('rejects only the caller who does not want to wait any more; the load goes on for the others', async () => {
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

  it('keeps nobody longer than the budget where the source never answers', async () => {
    // L21, L57
    await using world = startWorld();
    const slow = defineConfig({ name: 'slow', schema, databaseTimeout: '100ms' });
    const acme = (await world.client({ source: { load: () => new Promise(() => undefined) } })).tenant('acme');
    const began = performance.now();
    await expect(acme.get(slow)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(performance.now() - began).toBeLessThan(100 + 3 * slow.cacheTimeoutMs + BUSY_MS);
  });

  it('does not come back when it was deregistered, although its row is there', async () => {
    await using world = startWorld();
    const source = tableSource();
    source.set(limits, 5, { most: 5 });
    await world.apply('acme', configPut(limits, 5, { most: 5 }));
    await world.apply('acme', configRetired(limits, 5));
    const acme = (await world.client({ source })).tenant('acme');
    expect(await acme.entry(limits)).toMatchObject({ value: undefined, stale: false });
    expect(await world.redis.exists(world.replica.names.of('acme').keyPrefix + limits.address)).toBe(0);
  });
});

describe('what is only announced', () => {
  it('is loaded by one of those who watch, and reaches all of them', async () => {
    await using world = startWorld();
    const source = tableSource();
    source.set(around, 1, 1);
    const clients = [await world.client({ source }), await world.client({ source })];
    const seen: unknown[][] = [[], []];
    const watching = clients.map((client, i) =>
      client
        .tenant('acme')
        .watch(around)
        .subscribe(value => seen[i]?.push(value)),
    );
    await eventually(() => expect(seen).toEqual([[1], [1]]));
    source.set(around, 2, 2);
    await world.apply('acme', announced(around, 2));
    await eventually(() =>
      expect(seen).toEqual([
        [1, 2],
        [1, 2],
      ]),
    );
    for (const one of watching) one.unsubscribe();
  });

  it('stays the last good value, stale, for a reader without a source, who is told so once', async () => {
    await using world = startWorld();
    const troubles: { message: string }[] = [];
    await world.apply('acme', configPut(around, 1, 1));
    const client = await world.client({ onTrouble: error => troubles.push(error as never) });
    const acme = client.tenant('acme');
    expect(await acme.get(around)).toBe(1);
    await world.apply('acme', announced(around, 2));
    await eventually(() => expect(acme.peekEntry(around)?.stale).toBe(true));
    for (let i = 0; i < 3; i++) expect(await acme.entry(around)).toMatchObject({ value: 1, stale: true });
    expect(await acme.entry(local)).toMatchObject({ value: undefined, stale: true });
    await acme.get(local);
    expect(troubles.map(({ message }) => message.slice(0, 8))).toEqual(['"around"', '"local" ']);
    // What somebody else loads is everybody's.
    const source = tableSource();
    source.set(around, 2, 2);
    expect(await (await world.client({ source })).tenant('acme').get(around)).toBe(2);
    await eventually(() => expect(acme.peekEntry(around)).toMatchObject({ value: 2, stale: false }));
  });

  it('and kept only in memory, is loaded once and again after each change, and never in Redis', async () => {
    await using world = startWorld();
    const source = tableSource();
    source.set(local, 1, 1);
    const client = await world.client({ source });
    const acme = client.tenant('acme');
    const entries = await Promise.all([acme.entry(local), acme.entry(local)]);
    expect(entries).toMatchObject([
      { value: 1, origin: 'source', stale: false },
      { value: 1, stale: false },
    ]);
    expect(await acme.entry(local)).toMatchObject({ value: 1, origin: 'memory', stale: false });
    expect(source.asked).toBe(1);
    source.set(local, 2, 2);
    await world.apply('acme', announced(local, 2));
    await eventually(() => expect(acme.peekEntry(local)?.stale).toBe(true));
    expect(await acme.entry(local)).toMatchObject({ value: 2, stale: false });
    expect(source.asked).toBe(2);
    expect(await world.redis.keys(`${world.prefix}:*:k:*`)).toEqual([]);
    // A load that began before a change that was announced meanwhile is not shown.
    await world.apply('acme', announced(local, 3));
    await eventually(() => expect(acme.peekEntry(local)?.stale).toBe(true));
    source.hold();
    source.set(local, 3, 3);
    const reading = acme.get(local);
    await eventually(() => expect(source.waiting).toBe(1));
    source.set(local, 4, 4);
    await world.apply('acme', announced(local, 4));
    await eventually(() => expect(client.stats().loads).toBe(3));
    await new Promise(resolve => setImmediate(resolve));
    source.letGo();
    expect([3, 4]).toContain(await reading);
    await eventually(async () => expect(await acme.get(local)).toBe(4));
  });

  it('and kept nowhere, is loaded by every read, and by a watch at each announcement', async () => {
    await using world = startWorld();
    const source = tableSource();
    source.set(off, 1, 1);
    const acme = (await world.client({ source })).tenant('acme');
    for (let i = 1; i <= 3; i++) {
      expect(await acme.entry(off)).toMatchObject({ value: 1, origin: 'source', stale: false });
      expect(source.asked).toBe(i);
    }
    const seen: unknown[] = [];
    const watching = acme.watch(off).subscribe(value => seen.push(value));
    source.set(off, 2, 2);
    await world.apply('acme', announced(off, 2));
    await eventually(() => expect(seen).toEqual([1, 2]));
    expect(source.asked).toBe(4);
    watching.unsubscribe();
  });
});

describe('freshness', () => {
  it('ends after the ttl: then a read loads, and every process has it anew', async () => {
    // G7, G13, L1
    await using world = startWorld();
    const source = tableSource();
    let now = Date.now();
    const clock = () => now;
    source.set(timed, 1, 1);
    const [one, two] = [await world.client({ source, clock }), await world.client({ source, clock })];
    expect([await one.tenant('acme').get(timed), await two.tenant('acme').get(timed)]).toEqual([1, 1]);
    now += HOUR - 1_000;
    await one.tenant('acme').get(timed);
    expect(source.asked).toBe(1);
    // Somebody wrote past every hook, so nobody was told.
    source.set(timed, 2, 2);
    now += 2_000;
    expect(two.tenant('acme').peekEntry(timed)).toMatchObject({ value: 1, stale: true });
    expect(await one.tenant('acme').entry(timed)).toMatchObject({ value: 2, origin: 'source', stale: false });
    await eventually(() => expect(two.tenant('acme').peekEntry(timed)).toMatchObject({ value: 2, stale: false }));
    expect(source.asked).toBe(2);
  });

  it('is renewed by a load of the same version, without an event for those who watch', async () => {
    await using world = startWorld();
    const source = tableSource();
    let now = Date.now();
    source.set(timed, 1, 1);
    const acme = (await world.client({ source, clock: () => now })).tenant('acme');
    await acme.get(timed);
    const seen: unknown[] = [];
    const watching = acme.watch(timed).subscribe(value => seen.push(value));
    await eventually(() => expect(seen).toEqual([1]));
    now += HOUR + 1;
    expect(await acme.entry(timed)).toMatchObject({ value: 1, stale: false });
    expect(source.asked).toBe(2);
    now += HOUR - 1_000;
    expect(await acme.entry(timed)).toMatchObject({ stale: false, origin: 'memory' });
    expect(seen).toEqual([1]);
    watching.unsubscribe();
  });

  it('past it, a source that fails leaves the old value, stale, until that is too old as well', async () => {
    // G1, L16, L17, L18, L19
    await using world = startWorld();
    const source = tableSource();
    let now = Date.now();
    source.set(timed, 1, 1);
    const acme = (await world.client({ source, clock: () => now, random: () => 1 })).tenant('acme');
    await acme.get(timed);
    source.fail(unavailable);
    now += HOUR + 1;
    for (let i = 0; i < 3; i++) expect(await acme.entry(timed)).toMatchObject({ value: 1, stale: true });
    expect(source.asked).toBe(2);
    now += 9_999;
    await acme.get(timed);
    expect(source.asked).toBe(2);
    now += 1;
    await acme.get(timed);
    expect(source.asked).toBe(3);
    now += 2 * HOUR;
    expect(acme.peek(timed)).toBeUndefined();
    await expect(acme.get(timed)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    source.fail();
    now += 10_000;
    expect(await acme.entry(timed)).toMatchObject({ value: 1, stale: false });
  });

  it('is not asked for again and again where Redis is ahead of the database', async () => {
    await using world = startWorld();
    const behind = defineConfig({ name: 'behind', schema, ttl: '1h', writePolicy: 'write-back' });
    const source = tableSource();
    let now = Date.now();
    source.set(behind, 7, 7);
    await world.apply('acme', configPut(behind, 8, 8, { freshUntil: now + HOUR }));
    const acme = (await world.client({ source, clock: () => now })).tenant('acme');
    expect(await acme.get(behind)).toBe(8);
    now += HOUR + 1;
    for (let i = 0; i < 3; i++) expect(await acme.entry(behind)).toMatchObject({ value: 8, version: 8, stale: false });
    expect(source.asked).toBe(1);
  });

  it('of what is watched is renewed by itself', async () => {
    // L27
    await using world = startWorld();
    const short = defineConfig({ name: 'short', schema, ttl: '150ms', retryThrottle: '50ms' });
    const source = tableSource();
    source.set(short, 1, 1);
    const acme = (await world.client({ source })).tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(short).subscribe(value => seen.push(value));
    await eventually(() => expect(seen).toEqual([1]));
    source.fail(unavailable);
    await eventually(() => expect(source.asked).toBeGreaterThan(2));
    source.set(short, 2, 2);
    source.fail();
    await eventually(() => expect(seen).toEqual([1, 2]));
    watching.unsubscribe();
  });
});

describe('an eager refresh', () => {
  it('is begun by a read after its part of the ttl, one for all, and delays or fails nobody', async () => {
    // L23, L24, L46
    await using world = startWorld();
    const source = tableSource();
    let now = Date.now();
    const clock = () => now;
    const troubles: unknown[] = [];
    source.set(eager, 1, 1);
    const options = { source, clock, onTrouble: (error: unknown) => troubles.push(error) };
    const acme = (await world.client(options)).tenant('acme');
    const other = (await world.client(options)).tenant('acme');
    await Promise.all([acme.get(eager), other.get(eager)]);
    now += HOUR / 2 - 1_000;
    await acme.get(eager);
    expect(source.asked).toBe(1);
    now += 2_000;
    acme.peek(eager);
    expect(source.asked).toBe(1);
    source.hold();
    source.set(eager, 2, 2);
    const aborted = new AbortController();
    expect(await acme.get(eager, { signal: aborted.signal })).toBe(1);
    aborted.abort();
    await eventually(() => expect(source.waiting).toBe(1));
    for (let i = 0; i < 20; i++) expect([await acme.get(eager), await other.get(eager)]).toEqual([1, 1]);
    source.letGo();
    await eventually(() => expect([acme.peek(eager), other.peek(eager)]).toEqual([2, 2]));
    expect(source.asked).toBe(2);
    now += HOUR / 2 + 1_000;
    source.fail(unavailable);
    await eventually(async () => {
      expect(await acme.get(eager)).toBe(2);
      expect(troubles).toEqual([unavailable]);
    });
    await eventually(() => expect(troubles).toEqual([unavailable]));
    expect(acme.peekEntry(eager)).toMatchObject({ value: 2, stale: false });
  });
});

describe('with Redis away', () => {
  it('a process that starts is served by the source, marked stale, and by Redis when that is back', async () => {
    // G15, K18, L27
    await using faulty = await startFaultyWorld();
    const source = tableSource();
    source.set(limits, 1, { most: 1 });
    faulty.proxy.set('refuse');
    const acme = (await faulty.client({ source })).tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(limits).subscribe(value => seen.push(value?.most));
    await eventually(() => expect(seen).toEqual([1]));
    for (let i = 0; i < 5; i++) expect(await acme.entry(limits)).toMatchObject({ value: { most: 1 }, stale: true });
    expect(await acme.get(feature)).toEqual({ on: false });
    expect(source.asked).toBe(2);
    await faulty.world.apply('acme', configPut(limits, 2, { most: 2 }));
    faulty.proxy.set('pass');
    await eventually(() => expect(seen).toEqual([1, 2]));
    await eventually(async () => expect(await acme.entry(limits)).toMatchObject({ stale: false }));
    watching.unsubscribe();
  });

  it('what memory has is loaded again now and then, and never goes back', async () => {
    // G1, G15
    await using faulty = await startFaultyWorld();
    const source = tableSource();
    let now = Date.now();
    await faulty.world.apply('acme', configPut(limits, 5, { most: 5 }));
    const acme = (await faulty.client({ source, clock: () => now })).tenant('acme');
    expect(await acme.get(limits)).toEqual({ most: 5 });
    faulty.proxy.set('refuse');
    await eventually(() => expect(acme.peekEntry(limits)?.stale).toBe(true));
    source.set(limits, 4, { most: 4 });
    now += 11_000;
    await acme.get(limits);
    await eventually(() => expect(source.asked).toBe(1));
    expect(await acme.get(limits)).toEqual({ most: 5 });
    source.set(limits, 6, { most: 6 });
    now += 11_000;
    await eventually(async () => expect(await acme.get(limits)).toEqual({ most: 6 }));
    faulty.proxy.set('pass');
  });

  it.each(['stall', 'silent', 'dropReplies'] as const)('a read is not kept longer than its budgets: %s', async mode => {
    // L57
    await using faulty = await startFaultyWorld();
    const source = tableSource();
    source.set(brief, 1, 1);
    const acme = (await faulty.client({ source })).tenant('acme');
    await acme.get(feature);
    faulty.proxy.set(mode);
    const began = performance.now();
    expect(await acme.entry(brief)).toMatchObject({ value: 1, origin: 'source' });
    expect(performance.now() - began).toBeLessThan(4 * brief.cacheTimeoutMs + BUSY_MS);
    await heal(faulty.proxy);
  });
});
