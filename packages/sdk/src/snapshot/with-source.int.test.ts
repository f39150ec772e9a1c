import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { configPut, feature, limits } from '../published-configs.fixture.ts';
import { expectNoUnhandledRejection, unavailable } from '../reads/loaded-configs.fixture.ts';
import { tableSource } from '../reads/table-source.fixture.ts';
import { bootstrapValue } from './bootstrap.ts';
import { freshFolder } from './snapshot.fixture.ts';

expectNoUnhandledRejection();

// K18
it('a process that starts without Redis asks its source first, and has the file and `bootstrap` where that fails, too', async () => {
  await using faulty = await startFaultyWorld();
  await using folder = await freshFolder();
  const { world, proxy } = faulty;
  const source = tableSource();
  const options = {
    snapshotFile: { path: folder.path },
    bootstrap: [bootstrapValue(limits, { most: 99 }, 'other')],
    readTimeoutMs: 500,
  };
  await world.apply('acme', configPut(limits, 5, { most: 5 }), configPut(feature, 5, { on: true }));
  // Redis is there: as long as a busy machine takes.
  const before = await faulty.client({ ...options, readTimeoutMs: 30_000 });
  await before.tenant('acme').getMany([limits, feature]);
  await before.close();

  proxy.set('refuse');
  source.fail(unavailable);
  const without = await faulty.client({ ...options, source });
  const [acme, other] = [without.tenant('acme'), without.tenant('other')];
  expect(await acme.entry(limits)).toMatchObject({ value: { most: 5 }, version: 5, origin: 'snapshot', stale: true });
  expect(await acme.entry(feature)).toMatchObject({ value: { on: true }, origin: 'snapshot', stale: true });
  expect(await other.entry(limits)).toMatchObject({ value: { most: 99 }, origin: 'bootstrap', stale: true });

  source.fail();
  source.set(limits, 6, { most: 6 });
  source.set(feature, 6, undefined);
  const client = await faulty.client({ ...options, source });
  const seen: unknown[] = [];
  const watching = client
    .tenant('acme')
    .watch(limits)
    .subscribe(value => seen.push(value?.most));
  // What is in memory is there at once; a caller waits for what is better.
  expect(client.tenant('acme').peek(limits)).toEqual({ most: 5 });
  expect(await client.tenant('acme').entry(limits)).toMatchObject({
    value: { most: 6 },
    version: 6,
    origin: 'source',
    stale: true,
  });
  expect(await client.tenant('acme').entry(feature)).toMatchObject({
    value: { on: false },
    origin: 'default',
    stale: true,
  });
  expect(await client.tenant('other').entry(limits)).toMatchObject({
    value: { most: 6 },
    origin: 'source',
    stale: true,
  });
  await eventually(() => expect(seen).toEqual([5, 6]));
  await world.apply('acme', configPut(limits, 7, { most: 7 }));
  await heal(proxy);
  await eventually(() => expect(seen).toEqual([5, 6, 7]));
  await eventually(async () => expect(await client.tenant('acme').entry(limits)).toMatchObject({ stale: false }));
  watching.unsubscribe();
});
