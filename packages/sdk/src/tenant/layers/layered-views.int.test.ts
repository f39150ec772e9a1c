import { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { menu, plan, range, scope, startDeafClient, writer } from '../../layered.fixture.ts';
import { configPut } from '../../published-configs.fixture.ts';
import { startWorld, WORLDS, type World } from '../../world.fixture.ts';

async function startIn(world: World) {
  const client = await world.client();
  const acme = client.tenant('acme');
  return { world, client, acme, ...writer(world), [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe.each(WORLDS)('a live ref of an inherited config, from $from', ({ startWorld }) => {
  const start = () => startIn(startWorld());

  it('holds what comes of all scopes, and calls its handlers only when that is another value', async () => {
    await using world = await start();
    const { acme, client, set, unset, groups } = world;
    await groups('acme', 'eu');
    await set('*', range, { max: 50 });
    const live = acme.live(range);
    expect(live.value).toEqual({ min: 0, max: 100 });
    await eventually(() => expect(live.value).toEqual({ min: 0, max: 50 }));
    const seen: unknown[] = [];
    live.onChange(now => seen.push(now));
    await set('@eu', range, { min: 10 });
    await eventually(() => expect(live.value).toEqual({ min: 10, max: 50 }));
    // Hidden by the group's, and then equal to it.
    await set('*', range, { max: 50, min: 3 });
    await set('acme', range, { min: 10 });
    await eventually(() => expect(acme.explain(range)?.layers[0]).toMatchObject({ kind: 'set' }));
    await unset('@eu', range);
    await unset('acme', range);
    await eventually(() => expect(live.value).toEqual({ min: 3, max: 50 }));
    await groups('acme');
    expect(seen).toEqual([
      { min: 10, max: 50 },
      { min: 3, max: 50 },
    ]);
    live.close();
    expect(client.stats().watched).toBe(0);
  });

  it('keeps the last good value where the schema refuses what comes of the scopes, and says why', async () => {
    await using world = await start();
    const { acme, set } = world;
    await set('acme', range, { min: 50 });
    using live = acme.live(range);
    await eventually(() => expect(live).toMatchObject({ value: { min: 50, max: 100 }, error: undefined }));
    await set('*', range, { max: 40 });
    await eventually(() => expect(live.error?.code).toBe('INVALID_VALUE'));
    expect(live.value).toEqual({ min: 50, max: 100 });
    await set('acme', range, { min: 30 });
    await eventually(() => expect(live).toMatchObject({ value: { min: 30, max: 40 }, error: undefined }));
  });
});

describe.each(WORLDS)('many inherited configs, from $from', ({ startWorld }) => {
  const start = () => startIn(startWorld());

  it('are watched as whole values, and those of one transaction of a scope change in one emission', async () => {
    await using world = await start();
    const { acme, set, groups } = world;
    await groups('acme', 'eu');
    await set('acme', range, { note: 'own' });
    const seen: unknown[] = [];
    const watching = acme.watchMany({ range, plan }).subscribe(values => seen.push(values));
    await eventually(() => expect(seen).toHaveLength(1));
    await world.world.apply(scope('@eu'), configPut(range, 1, { max: 5 }), configPut(plan, 1, { seats: 2 }));
    await eventually(() => expect(seen).toHaveLength(2));
    await set('*', plan, { seats: 3 });
    await groups('acme');
    await eventually(() => expect(seen.at(-1)).toMatchObject({ plan: { seats: 3 } }));
    expect(seen).toEqual([
      { range: { min: 0, max: 100, note: 'own' }, plan: { seats: 1, tags: [] } },
      { range: { min: 0, max: 5, note: 'own' }, plan: { seats: 2, tags: [] } },
      { range: { min: 0, max: 100, note: 'own' }, plan: { seats: 3, tags: [] } },
    ]);
    watching.unsubscribe();
    expect(world.client.stats().watched).toBe(0);
  });
});

describe('where the first read cannot be confirmed', () => {
  it('views are given what memory has, and not the default in front of it', async () => {
    await using world = startWorld();
    const { set, groups } = writer(world);
    await groups('acme', 'eu');
    await set('@eu', plan, { seats: 2 });
    await set('*', range, { max: 50 });
    await using deaf = await startDeafClient(world);
    const acme = deaf.client.tenant('acme');
    const seen: unknown[] = [];
    using live = acme.live(plan);
    live.onChange(({ seats }) => seen.push(seats));
    const many: unknown[] = [];
    const watching = acme.watchMany({ plan, range }).subscribe(values => many.push([values.plan.seats, values.range]));
    await eventually(() => expect(many).toHaveLength(1));
    await eventually(() => expect(live.value.seats).toBe(2));
    expect(live.error).toBeUndefined();
    expect(acme.peek(plan)?.seats).toBe(2);
    expect(many).toEqual([[2, { min: 0, max: 50 }]]);
    expect(seen).toEqual([2]);
    watching.unsubscribe();
  });
});

describe.each(WORLDS)('whenReady, from $from', ({ startWorld }) => {
  const start = () => startIn(startWorld());

  it('waits until all that decides an inherited config is known, and live', async () => {
    await using world = await start();
    const { client, acme, set, groups } = world;
    await groups('acme', 'eu');
    await set('@eu', plan, { seats: 2 });
    await client.whenReady({ freshness: 'live', timeoutMs: 30_000, required: [{ tenant: 'acme', ref: plan }] });
    expect(acme.peekEntry(plan)).toMatchObject({ value: { seats: 2 }, stale: false });
  });

  it('says of one that nothing is set, and why what is set cannot be used', async () => {
    await using world = await start();
    const { client, set } = world;
    const failure = async () => {
      const failed = await client
        .whenReady({ timeoutMs: 300, required: [{ tenant: 'acme', ref: menu }] })
        .catch(error => error);
      return failed instanceof TenantryError ? failed.details.missing : failed;
    };
    await eventually(async () => expect(await failure()).toMatchObject([{ why: /nothing is set/ }]));
    await set('*', menu, { items: [{ n: 1 }] });
    await eventually(async () => expect(await failure()).toMatchObject([{ why: /its schema refuses/ }]));
    await set('*', menu, { items: [{ id: 'a' }] });
    await client.whenReady({ timeoutMs: 30_000, required: [{ tenant: 'acme', ref: menu }] });
  });
});

it('an inherited config is counted as one value, however many scopes it is read from', async () => {
  await using world = await startIn(startWorld());
  const { acme, client, groups } = world;
  await groups('acme', 'eu');
  await acme.get(plan);
  expect(client.stats()).toMatchObject({ hits: 0, misses: 1 });
  await eventually(() => expect(acme.peekEntry(plan)).toMatchObject({ stale: false }));
  await acme.get(plan);
  await acme.entry(plan);
  expect(client.stats()).toMatchObject({ hits: 2, misses: 1 });
  await acme.getMany([plan, range]);
  expect(client.stats()).toMatchObject({ hits: 3, misses: 2 });
});
