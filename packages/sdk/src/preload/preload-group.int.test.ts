import { defineGroups } from '@tenantry/protocol/internal';
import { expect, it } from 'vitest';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import { plan, range, writer } from '../layered.fixture.ts';
import { configPut, limits } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';

it('brings an inherited config with all scopes that decide it', async () => {
  await using world = startWorld();
  const { set, groups } = writer(world);
  await groups('@eu');
  await groups('a', 'eu');
  await set('@eu', plan, { seats: 2 });
  await set('*', plan, { seats: 3 });
  const client = await world.client();
  expect(await client.preload({ refs: [plan], tenants: ['a', 'b'] })).toEqual({ known: 2, failed: [] });
  expect(client.tenant('a').peekEntry(plan)).toMatchObject({ value: { seats: 2 }, stale: false });
  expect(client.tenant('b').peekEntry(plan)).toMatchObject({ value: { seats: 3 }, stale: false });
});

it('of a group takes those tenants that are in it, or in a group of it, as their groups are now', async () => {
  await using world = startWorld();
  const { set, groups } = writer(world);
  await groups('@eu');
  await groups('@de', 'eu');
  await groups('a', 'eu');
  await groups('b', 'us', 'de');
  await groups('c', 'us');
  await set('@eu', plan, { seats: 2 });
  const client = await world.client();
  const tenants = ['a', 'b', 'c', 'd'];
  expect(await client.preload({ refs: [plan], tenants, group: 'eu' })).toEqual({ known: 2, failed: [] });
  expect(tenants.map(tenant => client.tenant(tenant).peek(plan)?.seats)).toEqual([2, 2, undefined, undefined]);
  // Those in memory, whoever they are: groups are no tenants.
  await world.apply('c', configPut(limits, 1, { most: 1 }));
  expect(await client.preload({ refs: [limits] })).toEqual({ known: 4, failed: [] });
  expect(await client.preload({ refs: [range], group: 'us' })).toEqual({ known: 2, failed: [] });
  expect(await client.preload({ refs: [range], group: 'nobody' })).toEqual({ known: 0, failed: [] });
});

it('takes the groups of tenants for none of the configs that were read most', async () => {
  await using world = startWorld();
  const client = await world.client();
  await client.tenant('a').get(plan);
  expect(await client.preload({ tenants: ['b'] })).toEqual({ known: 1, failed: [] });
});

it('says whose groups could not be read, and what could not be', async () => {
  await using faulty = await startFaultyWorld();
  faulty.proxy.set('refuse');
  const client = await faulty.client({ readTimeoutMs: 300 });
  const failed = [{ tenant: 'a', address: defineGroups().address, error: { retryable: true } }];
  expect(await client.preload({ refs: [plan], tenants: ['a'], group: 'eu' })).toMatchObject({ known: 0, failed });
  // Although it has a default.
  expect(await client.preload({ refs: [plan], tenants: ['a'] })).toMatchObject({
    known: 0,
    failed: [{ tenant: 'a', address: plan.address, error: { retryable: true } }],
  });
});

it.each([
  [{ group: '' }, 'INVALID_GROUP'],
  [{ group: 'no group' }, 'INVALID_GROUP'],
  [{ group: 7 }, 'INVALID_OPTION'],
])('refuses %o', async (options, code) => {
  await using world = startWorld();
  const client = await world.client();
  await expect(client.preload(options as never)).rejects.toMatchObject({ code });
});
