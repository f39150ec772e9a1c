import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import type { ClientOptions } from '../../client-options.ts';
import { plan, range, writer } from '../../layered.fixture.ts';
import { planById, planPut, startWorld } from '../../world.fixture.ts';

// G8
it('an inherited config that had to make room is read again as a whole, once, and one that is watched loses no scope', async () => {
  await using world = startWorld();
  const { set, groups } = writer(world);
  const ids = Array.from({ length: 60 }, (_, i) => i + 1);
  await world.apply('acme', ...ids.map(id => planPut({ id, version: id, seats: id })));
  await groups('acme', 'eu');
  await groups('other', 'eu');
  await set('*', range, { max: 50 });
  await set('@eu', range, { min: 10 });
  await set('acme', range, { note: 'own' });
  await set('@eu', plan, { seats: 5 });
  const client = await world.client({ maxEntries: 20 });
  const [acme, other] = [client.tenant('acme'), client.tenant('other')];
  const seen: unknown[] = [];
  const watching = acme.watch(plan).subscribe(({ seats }) => seen.push(seats));
  const whole = { min: 10, max: 50, note: 'own' };
  expect(await acme.get(range)).toEqual(whole);
  expect(await other.get(range)).toEqual({ min: 10, max: 50 });
  for (const id of ids) await acme.get(planById(id));
  expect(client.stats().entries).toBe(20);
  expect([acme.peek(range), other.peek(range)]).toEqual([undefined, undefined]);
  expect(acme.peek(plan)).toMatchObject({ seats: 5 });
  expect(await acme.get(range)).toEqual(whole);
  const { reads } = client.stats();
  for (let i = 0; i < 3; i++) expect(await acme.get(range)).toEqual(whole);
  expect(client.stats().reads).toBe(reads);
  await set('@eu', plan, { seats: 6 });
  await set('*', range, { max: 60 });
  await eventually(() => expect(seen).toEqual([5, 6]));
  await eventually(async () => expect(await acme.get(range)).toEqual({ ...whole, max: 60 }));
  expect(await other.get(range)).toEqual({ min: 10, max: 60 });
  watching.unsubscribe();
});

// G8: a value is never made of a part of its scopes, and never the default because a scope had to make room.
describe('where memory has no room for all scopes at once', () => {
  it.each<Partial<ClientOptions>>([{ maxEntries: 1 }, { maxEntries: 5 }, { maxTenants: 1 }])(
    'an inherited config is read all the same, alone and beside others: %o',
    async bound => {
      await using world = startWorld();
      const { set, groups } = writer(world);
      const chain = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      await groups('acme', 'a');
      for (const [i, name] of chain.slice(0, -1).entries()) await groups(`@${name}`, chain[i + 1] as string);
      await set('@g', plan, { seats: 7 });
      await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
      await set('@c', range, { min: 3 });
      await set('*', range, { max: 50 });
      const client = await world.client(bound);
      const acme = client.tenant('acme');
      for (let i = 0; i < 3; i++) {
        expect(await acme.get(plan)).toMatchObject({ seats: 7 });
        expect(await acme.entry(range)).toMatchObject({ value: { min: 3, max: 50 }, stale: false });
        expect(await acme.getMany([plan, planById(1), range])).toMatchObject([
          { seats: 7 },
          { seats: 1 },
          { min: 3, max: 50 },
        ]);
      }
      expect(await client.preload({ refs: [plan, range], tenants: ['acme'] })).toEqual({ known: 2, failed: [] });
      expect(await client.preload({ refs: [plan], tenants: ['acme', 'other'], group: 'g' })).toEqual({
        known: 1,
        failed: [],
      });
      if (bound.maxEntries) expect(client.stats().entries).toBeLessThanOrEqual(bound.maxEntries);
    },
  );

  it('each of many tenants that are read at the same time gets its own value', async () => {
    await using world = startWorld();
    const { set, groups } = writer(world);
    const tenants = Array.from({ length: 200 }, (_, i) => i);
    for (const i of tenants.slice(0, 10)) await set(`@group-${i}`, plan, { seats: 1_000 + i });
    for (const i of tenants) await groups(`tenant-${i}`, `group-${i % 10}`);
    const client = await world.client({ maxEntries: 50 });
    for (const read of ['get', 'getMany'] as const) {
      const values = await Promise.all(
        tenants.map(async i => {
          const tenant = client.tenant(`tenant-${i}`);
          return read === 'get' ? tenant.get(plan) : (await tenant.getMany([plan]))[0];
        }),
      );
      expect(values.map(value => value.seats)).toEqual(tenants.map(i => 1_000 + (i % 10)));
    }
    expect(client.stats().entries).toBeLessThanOrEqual(50);
  });
});
