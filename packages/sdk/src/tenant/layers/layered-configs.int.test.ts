import { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { menu, plan, range, startDeafClient, writer } from '../../layered.fixture.ts';
import { WORLDS, type World } from '../../world.fixture.ts';

async function startIn(world: World) {
  const troubles: unknown[] = [];
  const client = await world.client({ onTrouble: error => troubles.push(error) });
  const acme = client.tenant('acme');
  return { world, client, acme, troubles, ...writer(world), [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const codesOf = (troubles: readonly unknown[]) =>
  troubles.map(error => (error instanceof TenantryError ? error.code : error));

describe.each(WORLDS)('the value of a tenant, from $from', ({ startWorld }) => {
  const start = () => startIn(startWorld());

  // wants 7 and 12 (reader)
  it('is that of its own scope, else of its groups in their order, else of all tenants, else the default', async () => {
    await using world = await start();
    const { acme, set, unset, groups } = world;
    expect(await acme.get(plan)).toEqual({ seats: 1, tags: [] });
    await set('*', plan, { seats: 2 });
    await eventually(async () => (await acme.get(plan)).seats === 2);
    await groups('@vip', 'emea');
    await groups('@emea');
    await groups('acme', 'eu', 'vip');
    await set('@emea', plan, { seats: 3 });
    await eventually(async () => (await acme.get(plan)).seats === 3);
    await set('@vip', plan, { seats: 4 });
    await eventually(async () => (await acme.get(plan)).seats === 4);
    await set('@eu', plan, { seats: 5 });
    await eventually(async () => (await acme.get(plan)).seats === 5);
    await set('acme', plan, { seats: 6 });
    await eventually(async () => (await acme.get(plan)).seats === 6);
    expect(acme.peek(plan)).toBe(await acme.get(plan));
    await unset('acme', plan);
    await eventually(async () => acme.peek(plan)?.seats === 5);
    expect(await acme.entry(plan)).toMatchObject({ value: { seats: 5 }, version: 1, stale: false, origin: 'memory' });
  });

  it('is merged over the default, read-only, and the same object for every reader and tenant that has the same scopes', async () => {
    await using world = await start();
    const { client, acme, set } = world;
    await set('*', range, { max: 50 });
    await set('acme', range, { note: null });
    const value = await acme.get(range);
    expect(value).toEqual({ min: 0, max: 50, note: null });
    expect(Object.isFrozen(value)).toBe(true);
    expect(await acme.get(range)).toBe(value);
    const [one, other] = [await client.tenant('one').get(range), await client.tenant('other').get(range)];
    expect(one).toEqual({ min: 0, max: 50 });
    expect(one).toBe(other);
    expect(await acme.getMany([range, plan])).toEqual([value, { seats: 1, tags: [] }]);
    expect(await client.global.get(range)).toEqual({ min: 0, max: 50 });
  });

  it('is unknown to `peek` until all that decides it was read', async () => {
    await using world = await start();
    const { acme, set } = world;
    await set('acme', plan, { seats: 6 });
    expect(acme.peek(plan)).toBeUndefined();
    expect(acme.explain(plan)).toBeUndefined();
    await acme.get(plan);
    expect(acme.peek(plan)).toEqual({ seats: 6, tags: [] });
    expect(acme.peekEntry(plan)).toMatchObject({ value: { seats: 6 }, stale: false });
  });

  it('is read once, however many callers there are, and from then on answered from memory', async () => {
    await using world = await start();
    const { acme, client, set, groups } = world;
    await set('*', plan, { seats: 2 });
    await groups('acme', 'eu');
    await Promise.all(Array.from({ length: 100 }, () => acme.get(plan)));
    const { reads } = client.stats();
    for (let i = 0; i < 10; i++) expect((await acme.get(plan)).seats).toBe(2);
    expect(client.stats().reads).toBe(reads);
  });
});

describe.each(WORLDS)('a watcher, from $from', ({ startWorld, hasRedis }) => {
  const start = () => startIn(startWorld());

  it('is told of each change of the value, whichever scope it comes from, and of no other', async () => {
    await using world = await start();
    const { acme, set, unset, groups } = world;
    const seen: number[] = [];
    using _ = subscribe(acme.watch(plan), ({ seats }) => seen.push(seats));
    await eventually(() => seen.length === 1);
    await set('*', plan, { seats: 2 });
    await eventually(() => seen.at(-1) === 2);
    await set('acme', plan, { seats: 3 });
    await eventually(() => seen.at(-1) === 3);
    // Hidden by the tenant's own value.
    await set('*', plan, { seats: 4 });
    await set('@eu', plan, { seats: 3 });
    await groups('acme', 'eu');
    await eventually(
      () => acme.explain(plan)?.layers[1]?.kind === 'set' && acme.explain(plan)?.layers[2]?.version === 2,
    );
    // The group says the same.
    await unset('acme', plan);
    await eventually(() => acme.explain(plan)?.layers[0]?.kind === 'unset');
    await set('@eu', plan, { seats: 5 });
    await eventually(() => seen.at(-1) === 5);
    await groups('acme');
    await eventually(() => seen.at(-1) === 4);
    expect(seen).toEqual([1, 2, 3, 5, 4]);
  });

  // R14 (reader)
  it('sees a new order of the groups in one emission', async () => {
    await using world = await start();
    const { acme, set, groups } = world;
    await set('@a', range, { min: 1, max: 2 });
    await set('@b', range, { min: 3, max: 4 });
    await groups('acme', 'a', 'b');
    const seen: unknown[] = [];
    using _ = subscribe(acme.watch(range), value => seen.push(value));
    await eventually(() => seen.length === 1);
    const layers = () => acme.explain(range)?.layers.flatMap(({ scope, kind }) => (kind === 'set' ? [scope] : []));
    expect(layers()).toEqual(['groups/a', 'groups/b']);
    await groups('acme', 'b', 'a');
    await eventually(() => acme.peek(range)?.min === 3);
    expect(layers()).toEqual(['groups/b', 'groups/a']);
    expect(seen).toEqual([
      { min: 1, max: 2 },
      { min: 3, max: 4 },
    ]);
  });

  it.runIf(hasRedis)(
    'is given what memory has, stale, where a first read cannot be confirmed: not the default in front of it',
    async () => {
      await using world = startWorld();
      await writer(world).set('*', plan, { seats: 2 });
      await using deaf = await startDeafClient(world);
      const acme = deaf.client.tenant('acme');
      const seen: unknown[] = [];
      using _entries = subscribe(acme.watchEntry(plan), ({ value, stale }) => seen.push([value.seats, stale]));
      using _values = subscribe(acme.watch(plan), value => seen.push(value.seats));
      await eventually(() => seen.length >= 2);
      expect(acme.peek(plan)?.seats).toBe(2);
      expect(seen).toEqual(expect.arrayContaining([[2, true], 2]));
      expect(seen).toHaveLength(2);
    },
  );

  it('of entries is told of versions and of staleness, and leaves every feed when it unsubscribes', async () => {
    await using world = await start();
    const { acme, client, set, groups } = world;
    await groups('acme', 'eu');
    const seen: unknown[] = [];
    const watching = subscribe(acme.watchEntry(plan), ({ value, version, stale }) =>
      seen.push([value.seats, version, stale]),
    );
    await eventually(() => client.stats().watched === 5);
    await set('@eu', plan, { seats: 2 });
    await eventually(() => JSON.stringify(seen.at(-1)) === '[2,1,false]');
    await set('@eu', plan, { seats: 2 });
    await eventually(() => JSON.stringify(seen.at(-1)) === '[2,2,false]');
    watching[Symbol.dispose]();
    expect(client.stats().watched).toBe(0);
  });
});

describe.each(WORLDS)('scopes that make no sense, from $from', ({ startWorld }) => {
  const start = () => startIn(startWorld());

  it('keep the last good value where the schema refuses what comes of them, and say so', async () => {
    await using world = await start();
    const { acme, set, troubles } = world;
    await set('acme', range, { min: 50 });
    const seen: unknown[] = [];
    using _ = subscribe(acme.watch(range), value => seen.push(value));
    await eventually(() => seen.length === 1);
    // The write side refuses this; a reader may hear of two writes in another order.
    await set('*', range, { max: 40 });
    await eventually(() => codesOf(troubles).includes('INVALID_VALUE'));
    expect(acme.peek(range)).toEqual({ min: 50, max: 100 });
    expect(await acme.entry(range)).toMatchObject({ value: { min: 50, max: 100 }, stale: true });
    await set('acme', range, { min: 30 });
    await eventually(() => acme.peek(range)?.max === 40);
    expect(seen).toEqual([
      { min: 50, max: 100 },
      { min: 30, max: 40 },
    ]);
    expect((await acme.entry(range)).stale).toBe(false);
  });

  // R15 (reader)
  it.each<[what: string, groups: Record<string, string[]>, code: string]>([
    ['lead to themselves', { a: ['b'], b: ['a'] }, 'GROUP_CYCLE'],
    [
      'are nine above each other',
      Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, i, all) => [name, [all[i + 1] ?? 'i']])),
      'GROUPS_TOO_DEEP',
    ],
  ])('keep the last good groups where these %s, and say so', async (_, graph, code) => {
    await using world = await start();
    const { acme, set, groups, troubles } = world;
    await set('@a', plan, { seats: 2 });
    await groups('acme', 'a');
    expect((await acme.get(plan)).seats).toBe(2);
    for (const [name, above] of Object.entries(graph)) await groups(`@${name}`, ...above);
    await set('*', plan, { seats: 9 });
    await eventually(async () => {
      await acme.get(plan);
      return codesOf(troubles).includes(code as never);
    });
    expect(acme.peek(plan)?.seats).toBe(2);
    expect(await acme.entry(plan)).toMatchObject({ value: { seats: 2 }, stale: true });
    for (const name of Object.keys(graph)) await groups(`@${name}`);
    await eventually(async () => (await acme.entry(plan)).stale === false);
  });

  it('without a default are an error where nothing is known, and no value where nothing is set', async () => {
    await using world = await start();
    expect(await world.acme.get(menu)).toBeUndefined();
    await world.set('*', menu, { items: [{ n: 1 }] });
    await eventually(() =>
      world.acme.get(menu).then(
        () => false,
        error => error.code === 'INVALID_VALUE',
      ),
    );
    expect(world.acme.peek(menu)).toBeUndefined();
    expect(codesOf(world.troubles)).toEqual(['INVALID_VALUE']);
    await world.set('acme', menu, { items: [{ id: 'a' }] });
    await eventually(() => world.acme.peek(menu)?.items[0]?.id === 'a');
  });
});

function subscribe<T>(
  watched: { subscribe(next: (value: T) => void): { unsubscribe(): void } },
  next: (value: T) => unknown,
): Disposable {
  const subscription = watched.subscribe(value => void next(value));
  return { [Symbol.dispose]: () => subscription.unsubscribe() };
}
