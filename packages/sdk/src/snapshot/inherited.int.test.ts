import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { plan, range, tokenOf, writer } from '../layered.fixture.ts';
import { freshFolder } from './snapshot.fixture.ts';

it('an inherited config is what all scopes made of it before the restart, and is followed in each of them when Redis is back', async () => {
  await using faulty = await startFaultyWorld();
  await using folder = await freshFolder();
  const { world, proxy } = faulty;
  const { set, groups } = writer(world);
  const snapshotFile = { path: folder.path };
  await groups('@eu');
  await groups('acme', 'eu');
  await set('*', range, { max: 50 });
  await set('@eu', range, { note: 'eu' });
  await set('acme', range, { min: 10 });
  await set('@eu', plan, { seats: 2 });
  const before = await world.client({ snapshotFile });
  const whole = { min: 10, max: 50, note: 'eu' };
  expect(await before.tenant('acme').getMany([range, plan])).toEqual([whole, { seats: 2, tags: [] }]);
  expect(await before.tenant('other').get(range)).toEqual({ min: 0, max: 50 });
  await before.close();

  proxy.set('refuse');
  const client = await faulty.client({ readTimeoutMs: 300, snapshotFile });
  const [acme, other] = [client.tenant('acme'), client.tenant('other')];
  // Nothing was read yet.
  expect(acme.peek(range)).toEqual(whole);
  expect(acme.peekEntry(plan)).toMatchObject({ value: { seats: 2 }, version: 1, stale: true, origin: 'snapshot' });
  expect(acme.explain(range)?.layers.map(({ scope, kind }) => [scope, kind])).toEqual([
    ['tenants/acme', 'set'],
    ['groups/eu', 'set'],
    ['global', 'set'],
    ['default', 'default'],
  ]);
  await client.whenReady({ timeoutMs: 30_000, required: [{ tenant: 'other', ref: range }] });
  expect(other.peek(range)).toEqual({ min: 0, max: 50 });
  expect(await acme.entry(range)).toMatchObject({ value: whole, version: 1, stale: true, origin: 'snapshot' });
  expect(await acme.getMany([range, plan])).toEqual([whole, { seats: 2, tags: [] }]);
  using live = acme.live(range);
  expect(live.value).toEqual(whole);
  const seen: unknown[] = [];
  const watching = acme.watch(range).subscribe(value => seen.push(value));
  expect(seen).toEqual([whole]);

  await set('@eu', range, { note: 'new' });
  await heal(proxy);
  await eventually(async () =>
    expect(await acme.entry(range)).toMatchObject({ value: { ...whole, note: 'new' }, stale: false }),
  );
  await eventually(() =>
    expect(acme.peekEntry(plan)).toMatchObject({ value: { seats: 2 }, stale: false, origin: 'memory' }),
  );
  await eventually(() => expect(seen).toEqual([whole, { ...whole, note: 'new' }]));
  expect(live.value).toEqual({ ...whole, note: 'new' });
  watching.unsubscribe();
});

it('what the file has of an inherited config is no answer to who has a read token', async () => {
  await using faulty = await startFaultyWorld();
  await using folder = await freshFolder();
  const { world, proxy } = faulty;
  const { set } = writer(world);
  const snapshotFile = { path: folder.path };
  await set('*', plan, { seats: 2 });
  const before = await world.client({ snapshotFile });
  expect((await before.tenant('acme').get(plan)).seats).toBe(2);
  await before.close();
  const atLeast = await tokenOf(world, '*');
  proxy.set('refuse');
  const acme = (await faulty.client({ readTimeoutMs: 300, snapshotFile })).tenant('acme');
  expect((await acme.get(plan)).seats).toBe(2);
  await expect(acme.get(plan, { atLeast })).rejects.toMatchObject({ retryable: true });
  await heal(proxy);
  await eventually(async () => expect((await acme.get(plan, { atLeast })).seats).toBe(2));
});
