import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { configPut, PATIENT } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';
import { eager, expectNoUnhandledRejection, HOUR, schema, timed, unavailable } from './loaded-configs.fixture.ts';
import { tableSource } from './table-source.fixture.ts';

// Redis counts a value's time by its own clock, which goes on while the test's stands still: a busy machine makes seconds of it.
const MINUTE = 60_000;

expectNoUnhandledRejection();

it('after the ttl a read loads, and every process has the new value', async () => {
  // G7, L1
  await using world = startWorld();
  const source = tableSource();
  let now = Date.now();
  const clock = () => now;
  source.set(timed, 1, 1);
  const [one, two] = [await world.client({ source, clock }), await world.client({ source, clock })];
  expect([await one.tenant('acme').get(timed), await two.tenant('acme').get(timed)]).toEqual([1, 1]);
  now += HOUR - MINUTE;
  await one.tenant('acme').get(timed);
  expect(source.asked).toBe(1);
  // Somebody wrote past every hook, so nobody was told.
  source.set(timed, 2, 2);
  now += 2 * MINUTE;
  expect(two.tenant('acme').peekEntry(timed)).toMatchObject({ value: 1, stale: true });
  expect(await one.tenant('acme').entry(timed)).toMatchObject({ value: 2, origin: 'source', stale: false });
  await eventually(() => expect(two.tenant('acme').peekEntry(timed)).toMatchObject({ value: 2, stale: false }));
  expect(source.asked).toBe(2);
  // Only where the ttl decides does an entry say until when: without a source, the feed does.
  const without = await world.client({ clock });
  expect((await without.tenant('acme').entry(timed)).freshUntil).toBeUndefined();
  expect(one.tenant('acme').peekEntry(timed)?.freshUntil).toBeGreaterThan(now);
});

it('a value without an end of its own is fresh for the ttl; one that has an end is gone by then, ttl or not', async () => {
  // G13
  await using world = startWorld();
  const short = defineConfig({ name: 'short', schema, default: 0, ttl: '2m', ...PATIENT });
  const source = tableSource();
  let now = Date.now();
  const acme = (await world.client({ source, clock: () => now })).tenant('acme');
  source.set(short, 1, 1);
  const { freshUntil } = await acme.entry(short);
  expect(Math.abs((freshUntil ?? 0) - now - 2 * MINUTE)).toBeLessThan(MINUTE);
  // Sooner than the ttl, and no load is needed for it.
  source.set(short, 2, 2, { expiresAt: now + 3 * MINUTE });
  now += 2 * MINUTE + 30_000;
  expect(await acme.entry(short)).toMatchObject({ value: 2, version: 2, stale: false });
  const { asked } = source;
  now += MINUTE;
  expect(await acme.entry(short)).toMatchObject({ value: 0, origin: 'default' });
  expect(acme.peek(short)).toBe(0);
  expect(source.asked).toBeLessThanOrEqual(asked + 1);
});

it('a load of the same version renews a value without an event for its watchers', async () => {
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
  now += HOUR - MINUTE;
  expect(await acme.entry(timed)).toMatchObject({ stale: false, origin: 'memory' });
  expect(seen).toEqual([1]);
  watching.unsubscribe();
});

// L18: where half of a pause were random, the luckiest and the unluckiest process would ask again at different times.
it.each([0, 1])(
  'a source that fails leaves the old value, stale, until maxStale is over as well (luck %i)',
  async luck => {
    // G1, L16, L17, L18
    await using world = startWorld();
    const source = tableSource();
    let [now, chance] = [Date.now(), 1];
    source.set(timed, 1, 1);
    const acme = (await world.client({ source, clock: () => now, random: () => chance })).tenant('acme');
    await acme.get(timed);
    chance = luck;
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
  },
);

it('the source is not asked again and again where Redis is ahead of the database', async () => {
  await using world = startWorld();
  const behind = defineConfig({ name: 'behind', schema, ttl: '1h', writePolicy: 'write-back', ...PATIENT });
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

it('a watched config is loaded again by itself when it is no longer fresh', async () => {
  await using world = startWorld();
  const short = defineConfig({ name: 'short', schema, ttl: '150ms', retryThrottle: '50ms', ...PATIENT });
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

it('a read after the eager part of the ttl begins one refresh for all, which delays and fails no caller', async () => {
  // L23, L24, L46: it is begun before the value is stale, so that no caller has to choose between waiting and an old value.
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
  now += HOUR / 2 - MINUTE;
  await acme.get(eager);
  expect(source.asked).toBe(1);
  now += 2 * MINUTE;
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
  now += HOUR / 2 + MINUTE;
  source.fail(unavailable);
  await eventually(async () => {
    expect(await acme.get(eager)).toBe(2);
    expect(troubles).toEqual([unavailable]);
  });
  await eventually(() => expect(troubles).toEqual([unavailable]));
  expect(acme.peekEntry(eager)).toMatchObject({ value: 2, stale: false });
  const lease = world.replica.names.of('acme').leasePrefix + eager.address;
  await eventually(async () => expect(await world.redis.exists(lease)).toBe(0));
});
