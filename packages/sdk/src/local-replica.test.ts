import { defineConfig } from '@tenantry/protocol';
import { createLocalReplica } from '@tenantry/redis';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkOptions } from './client-options.ts';
import type { ChangeEvent } from './index.ts';
import { configPut, feature, limits } from './published-configs.fixture.ts';
import { freshFolder } from './snapshot/snapshot.fixture.ts';
import { planById, planPut, startLocalWorld } from './world.fixture.ts';

describe('a client of a replica in this process', () => {
  it('is ready at once, live, and has nothing to complain of', async () => {
    await using world = startLocalWorld();
    const client = await world.client();
    const states: string[] = [];
    client.status$.subscribe(({ state }) => states.push(state));
    await client.whenReady({ freshness: 'live' });
    expect(await client.tenant('acme').entry(feature)).toMatchObject({ value: { on: false }, stale: false });
    expect([states, client.health(), client.watchStatus().connected]).toEqual([['ready'], null, true]);
    await client.close();
    expect(states).toEqual(['ready', 'closed']);
  });

  it('tells every reader of the process of a write, in order and after the call of the writer', async () => {
    await using world = startLocalWorld();
    const seen: string[] = [];
    for (const name of ['one', 'two']) {
      const acme = (await world.client()).tenant('acme');
      await acme.get(feature);
      acme.watch(limits).subscribe(value => seen.push(`${name} ${value?.most ?? 'none'}`));
    }
    await eventually(() => expect(seen.toSorted()).toEqual(['one none', 'two none']));
    for (const most of [1, 2, 3]) {
      const before = seen.length;
      const applied = world.apply('acme', configPut(limits, most, { most }));
      expect(seen).toHaveLength(before);
      await applied;
    }
    await eventually(() => expect(seen.slice(-2).toSorted()).toEqual(['one 3', 'two 3']));
    expect(seen.filter(text => text.startsWith('one'))).toEqual(['one none', 'one 1', 'one 2', 'one 3']);
  });

  it('goes on from a position, and says that there is a gap where the feed was trimmed', async () => {
    await using world = startLocalWorld();
    const events: ChangeEvent[] = [];
    const client = await world.client();
    client
      .tenant('acme')
      .changes$()
      .subscribe(event => events.push(event));
    await eventually(() => expect(events).toMatchObject([{ kind: 'start' }]));
    for (const version of [1, 2, 3]) await world.apply('acme', planPut({ id: 1, version }));
    await eventually(() => expect(events).toHaveLength(4));
    const from = events[1]?.position;
    if (!from) throw new Error('no position');
    const resumed: ChangeEvent[] = [];
    const late = await world.client();
    late
      .tenant('acme')
      .changes$({ from })
      .subscribe(event => resumed.push(event));
    await eventually(() => expect(resumed.map(({ position: { seq } }) => seq)).toEqual([1, 2, 3]));
    for (let version = 4; version <= 700; version++) await world.apply('acme', planPut({ id: 1, version }));
    const gap: ChangeEvent[] = [];
    const later = await world.client();
    later
      .tenant('acme')
      .changes$({ from })
      .subscribe(event => gap.push(event));
    await eventually(() => expect(gap).toMatchObject([{ kind: 'gap', position: { seq: 700 } }]));
  });

  it('starts from its snapshot file, and takes the values of the new process', async () => {
    await using file = await freshFolder();
    const snapshotFile = { path: file.path };
    {
      await using world = startLocalWorld();
      await world.apply('acme', configPut(limits, 7, { most: 7 }));
      const client = await world.client({ snapshotFile });
      expect(await client.tenant('acme').get(limits)).toEqual({ most: 7 });
      await client.close();
    }
    await using world = startLocalWorld();
    // Versions count in each process.
    await world.apply('acme', configPut(limits, 1, { most: 1 }));
    const acme = (await world.client({ snapshotFile })).tenant('acme');
    expect(acme.peekEntry(limits)).toMatchObject({ value: { most: 7 }, stale: true, origin: 'snapshot' });
    await eventually(async () => expect(await acme.get(limits)).toEqual({ most: 1 }));
    expect(await acme.entry(limits)).toMatchObject({ version: 1, stale: false });
  });

  it('loads from the source of the replica what no replica keeps', async () => {
    const rates = defineConfig({ name: 'rates', schema: z.number(), writePolicy: 'write-around', ttl: '1h' });
    let json = '1';
    let version = 1;
    const local = createLocalReplica({
      source: { load: async (_, configs) => configs.map(() => ({ version, updatedAt: 1, expiresAt: 0, json })) },
    });
    await using world = startLocalWorld(local);
    const troubles: unknown[] = [];
    const acme = (await world.client({ onTrouble: error => troubles.push(error) })).tenant('acme');
    expect(await acme.get(rates)).toBe(1);
    [json, version] = ['2', 2];
    local.apply('acme', [{ owner: rates.address, version, op: 'put', addresses: [rates.address] }]);
    await eventually(async () => expect(await acme.get(rates)).toBe(2));
    expect(troubles).toEqual([]);
  });

  it('follows entities as well as configs, and makes a resource anew', async () => {
    await using world = startLocalWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), configPut(limits, 1, { most: 1 }));
    const acme = (await world.client()).tenant('acme');
    expect(await acme.get(planById(1))).toMatchObject({ seats: 1 });
    const closed: number[] = [];
    const pool = acme.useResource(limits, {
      open: async value => ({ most: value?.most ?? 0 }),
      close: async ({ most }) => void closed.push(most),
    });
    expect(await pool.use(async ({ most }) => most)).toBe(1);
    await world.apply('acme', configPut(limits, 2, { most: 2 }));
    await eventually(async () => expect(await pool.use(async ({ most }) => most)).toBe(2));
    await eventually(() => expect(closed).toEqual([1]));
  });
});

describe('the options of createClient', () => {
  const replica = createLocalReplica();

  it.each([
    [{ replica, redis: 'redis://localhost' }, '`replica` must be left out where `redis` is given'],
    [{ replica, prefix: 'mine' }, '`prefix` must be left out where `replica` is given, got "mine" (string).'],
    [{ replica: { dir: '/tmp' } }, '`replica` must be a replica in this process, such as that of `openFolder`'],
    [{ replica: 5 }, 'got 5 (number).'],
  ])('refuse what does not go with a replica in this process: %o', (options, message) => {
    expect(() => checkOptions(options as never)).toThrow(message);
  });

  it('ask for either of the two', async () => {
    const { createClient } = await import('./create-client.ts');
    await expect(createClient({} as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
