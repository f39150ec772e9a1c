import { BUSY_MS, eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { configPut, feature, limits } from '../published-configs.fixture.ts';
import { brief, expectNoUnhandledRejection } from './loaded-configs.fixture.ts';
import { tableSource } from './table-source.fixture.ts';

expectNoUnhandledRejection();

it('a process that starts without Redis gets values from the source, marked stale, and from Redis when that is back', async () => {
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

it('without Redis, memory is loaded again now and then, and never goes back', async () => {
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
  // The load ends before the clock goes on: nothing of it waits for I/O.
  await new Promise(resolve => setImmediate(resolve));
  expect(await acme.get(limits)).toEqual({ most: 5 });
  source.set(limits, 6, { most: 6 });
  now += 11_000;
  await eventually(async () => expect(await acme.get(limits)).toEqual({ most: 6 }));
  faulty.proxy.set('pass');
});

it.each(['stall', 'silent', 'dropReplies'] as const)(
  'a read takes no longer than its budgets, whatever Redis does: %s',
  async mode => {
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
  },
);
