import { defineConfig, type TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import { plan, writer } from '../layered.fixture.ts';
import { feature, limits } from '../published-configs.fixture.ts';
import {
  around,
  expectNoUnhandledRejection,
  HOUR,
  local,
  schema,
  timed,
  unavailable,
} from '../reads/loaded-configs.fixture.ts';
import { tableSource } from '../reads/table-source.fixture.ts';
import { startWorld } from '../world.fixture.ts';

expectNoUnhandledRejection();

const brisk = defineConfig({ name: 'brisk', schema, databaseTimeout: '500ms', cacheTimeout: '15s' });

const outcome = (reading: Promise<unknown>) => reading.catch((error: TenantryError) => error.code);

describe('a rate of one a second', () => {
  const protect = { rate: { perSecond: 1, burst: 1 } } as const;

  // I1
  it('lets one load go and refuses the second without asking the source, in Redis or without it', async () => {
    await using faulty = await startFaultyWorld();
    for (const isAway of [false, true]) {
      if (isAway) faulty.proxy.set('refuse');
      const source = tableSource();
      source.set(limits, 1, { most: 1 });
      let now = Date.now();
      const client = await faulty.client({ source, protect, clock: () => now });
      const name = `of-${isAway}`;
      expect(await client.tenant(`${name}-1`).get(limits)).toEqual({ most: 1 });
      await expect(client.tenant(`${name}-2`).get(limits)).rejects.toMatchObject({
        code: 'RATE_LIMITED',
        retryable: true,
        details: { retryAfterMs: 1_000 },
      });
      expect(source.asked).toBe(1);
      // What it refuses it does not remember, nor does it cost anything.
      now += 1_000;
      expect(await client.tenant(`${name}-2`).get(limits)).toEqual({ most: 1 });
      expect(source.asked).toBe(2);
    }
  });

  // I2: there is no time to wait to be given, and nothing to wait for in vain: a caller is told at once when to come again.
  it('lets watchers and preloads wait, and no caller', async () => {
    await using world = startWorld();
    const source = tableSource();
    source.set(limits, 1, { most: 1 });
    const now = Date.now();
    // Its clock stands still, so a call that waited for the rate would wait for ever.
    const impatient = await world.client({ source, protect, clock: () => now });
    expect(await outcome(impatient.tenant('none').get(feature))).toEqual({ on: false });
    for (let i = 0; i < 3; i++)
      expect(await outcome(impatient.tenant(`none-${i}`).entry(feature))).toMatchObject({
        origin: 'default',
        stale: true,
      });
    const client = await world.client({ source, protect: { rate: { perSecond: 10, burst: 1 } } });
    await client.tenant('first').get(limits);
    const seen: unknown[] = [];
    for (const tenant of ['acme', 'globex', 'initech'])
      client
        .tenant(tenant)
        .watch(limits)
        .subscribe(value => value && seen.push(value.most));
    expect(await client.preload({ refs: [limits], tenants: ['acme', 'umbrella'] })).toEqual({ known: 2, failed: [] });
    await eventually(() => expect(seen).toEqual([1, 1, 1]));
    expect(source.asked).toBe(6);
  });

  it('is spent by loads alone: not by what memory or Redis answers, nor by an inherited config', async () => {
    await using world = startWorld();
    const source = tableSource();
    source.set(limits, 1, { most: 1 });
    await writer(world).set('*', plan, { seats: 2 });
    const now = Date.now();
    const other = await world.client({ source });
    for (const tenant of ['a', 'b', 'c']) await other.tenant(tenant).get(limits);
    const client = await world.client({ source, protect, clock: () => now });
    for (const tenant of ['a', 'b', 'c', 'a'])
      expect(await client.tenant(tenant).getMany([limits, plan])).toMatchObject([{ most: 1 }, { seats: 2 }]);
    expect(await client.tenant('d').get(limits)).toEqual({ most: 1 });
    expect(await outcome(client.tenant('e').get(limits))).toBe('RATE_LIMITED');
  });

  it.each([
    ['written around', around],
    ['kept in memory alone', local],
  ])('is the same for a config that is %s', async (_, config) => {
    await using world = startWorld();
    const source = tableSource();
    source.set(config, 1, 1);
    const now = Date.now();
    const client = await world.client({ source, protect, clock: () => now });
    expect(await client.tenant('a').get(config)).toBe(1);
    expect(await outcome(client.tenant('b').get(config))).toBe('RATE_LIMITED');
    expect(source.asked).toBe(1);
  });

  it('leaves the old value, stale, where it refuses to load a newer one', async () => {
    await using world = startWorld();
    const source = tableSource();
    source.set(timed, 1, 1);
    let now = Date.now();
    const client = await world.client({
      source,
      protect: { rate: { perSecond: 0.000_1, burst: 2 } },
      clock: () => now,
    });
    const [a, b] = [client.tenant('a'), client.tenant('b')];
    await Promise.all([a.get(timed), b.get(timed)]);
    now += HOUR + 1;
    source.set(timed, 2, 2);
    expect(await a.entry(timed)).toMatchObject({ value: 1, stale: true, origin: 'memory' });
    expect(source.asked).toBe(2);
  });
});

describe('a breaker of one failure and 50 ms', () => {
  const open = async (options: object = {}) => {
    const world = startWorld();
    const source = tableSource();
    source.set(limits, 1, { most: 1 });
    const time = { now: Date.now() };
    const client = await world.client({
      source,
      protect: { breaker: { failures: 1, openMs: 50 } },
      clock: () => time.now,
      ...options,
    });
    const get = (tenant: string, signal?: AbortSignal) => outcome(client.tenant(tenant).get(limits, { signal }));
    return { source, time, client, get, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  };

  // I3
  it('rejects the next call without touching the source, and is closed by one probe after its pause', async () => {
    await using world = await open();
    const { source, time, get, client } = world;
    source.fail(unavailable);
    expect(await get('a')).toBe('UNAVAILABLE');
    expect(await get('b')).toBe('CIRCUIT_OPEN');
    source.fail();
    time.now += 49;
    expect(await get('b')).toBe('CIRCUIT_OPEN');
    time.now += 11;
    expect(await get('b')).toEqual({ most: 1 });
    expect(source.asked).toBe(2);
    expect(client.health()).toBeNull();
  });

  // I4
  it.each(['the source', 'its caller'])('lets the next call probe where %s aborted the probe', async who => {
    await using world = await open();
    const { source, time, get } = world;
    source.fail(unavailable);
    await get('a');
    time.now += 60;
    if (who === 'the source') {
      source.fail(new DOMException('changed my mind', 'AbortError'));
      expect(await get('b')).toBe('UNAVAILABLE');
      source.fail();
      expect(await get('c')).toEqual({ most: 1 });
    } else {
      source.fail();
      source.hold();
      const cancel = new AbortController();
      const probing = get('b', cancel.signal);
      await eventually(() => expect(source.waiting).toBe(1));
      cancel.abort();
      await probing;
      // The load goes on without its caller, and is the probe all the same.
      expect(await get('c')).toBe('CIRCUIT_OPEN');
      source.letGo();
      await eventually(async () => expect(await get('c')).toEqual({ most: 1 }));
    }
    expect(source.asked).toBe(3);
  });

  it('opens again after a probe that is not answered in time, and takes the answer that comes late', async () => {
    await using world = await open();
    const { source, time, client } = world;
    const get = (tenant: string) => outcome(client.tenant(tenant).get(brisk));
    source.set(brisk, 1, 1);
    source.fail(unavailable);
    await get('a');
    time.now += 60;
    source.fail();
    source.hold();
    expect(await get('b')).toBe('TIMEOUT');
    expect(await get('c')).toBe('CIRCUIT_OPEN');
    source.letGo();
    await eventually(() => expect(client.tenant('b').peek(brisk)).toBe(1));
    time.now += 60;
    expect(await get('c')).toBe(1);
  });
});
