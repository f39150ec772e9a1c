import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { announced, configPut } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';
import { around, expectNoUnhandledRejection, local, off } from './loaded-configs.fixture.ts';
import { tableSource } from './table-source.fixture.ts';

expectNoUnhandledRejection();

it('one of the watching processes loads an announced value, and it reaches all of them', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(around, 1, 1);
  const clients = [await world.client({ source }), await world.client({ source })];
  const seen: unknown[][] = [[], []];
  const watching = clients.map((client, i) =>
    client
      .tenant('acme')
      .watch(around)
      .subscribe(value => seen[i]?.push(value)),
  );
  await eventually(() => expect(seen).toEqual([[1], [1]]));
  source.set(around, 2, 2);
  await world.apply('acme', announced(around, 2));
  await eventually(() =>
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]),
  );
  for (const one of watching) one.unsubscribe();
});

it('a reader without a source keeps its last good value, stale, and reports once that it has no source', async () => {
  await using world = startWorld();
  const troubles: { message: string }[] = [];
  await world.apply('acme', configPut(around, 1, 1));
  const client = await world.client({ onTrouble: error => troubles.push(error as never) });
  const acme = client.tenant('acme');
  expect(await acme.get(around)).toBe(1);
  await world.apply('acme', announced(around, 2));
  await eventually(() => expect(acme.peekEntry(around)?.stale).toBe(true));
  for (let i = 0; i < 3; i++) expect(await acme.entry(around)).toMatchObject({ value: 1, stale: true });
  expect(await acme.entry(local)).toMatchObject({ value: undefined, stale: true });
  await acme.get(local);
  expect(troubles.map(({ message }) => message.slice(0, 8))).toEqual(['"around"', '"local" ']);
  // What somebody else loads is everybody's.
  const source = tableSource();
  source.set(around, 2, 2);
  expect(await (await world.client({ source })).tenant('acme').get(around)).toBe(2);
  await eventually(() => expect(acme.peekEntry(around)).toMatchObject({ value: 2, stale: false }));
});

it('a config kept only in memory is loaded once, again after each change, and never put into Redis', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(local, 1, 1);
  const client = await world.client({ source });
  const acme = client.tenant('acme');
  const entries = await Promise.all([acme.entry(local), acme.entry(local)]);
  expect(entries).toMatchObject([
    { value: 1, origin: 'source', stale: false },
    { value: 1, stale: false },
  ]);
  expect(await acme.entry(local)).toMatchObject({ value: 1, origin: 'memory', stale: false });
  expect(source.asked).toBe(1);
  source.set(local, 2, 2);
  await world.apply('acme', announced(local, 2));
  await eventually(() => expect(acme.peekEntry(local)?.stale).toBe(true));
  expect(await acme.entry(local)).toMatchObject({ value: 2, stale: false });
  expect(source.asked).toBe(2);
  expect(await world.redis.keys(`${world.prefix}:*:k:*`)).toEqual([]);
  // A load that began before a change that was announced meanwhile is not shown.
  await world.apply('acme', announced(local, 3));
  await eventually(() => expect(acme.peekEntry(local)?.stale).toBe(true));
  source.hold();
  source.set(local, 3, 3);
  const reading = acme.get(local);
  await eventually(() => expect(source.waiting).toBe(1));
  source.set(local, 4, 4);
  await world.apply('acme', announced(local, 4));
  await eventually(() => expect(client.stats().loads).toBe(3));
  await new Promise(resolve => setImmediate(resolve));
  source.letGo();
  expect([3, 4]).toContain(await reading);
  await eventually(async () => expect(await acme.get(local)).toBe(4));
});

it('a config kept nowhere is loaded by every read, and by a watch at each announcement', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(off, 1, 1);
  const acme = (await world.client({ source })).tenant('acme');
  for (let i = 1; i <= 3; i++) {
    expect(await acme.entry(off)).toMatchObject({ value: 1, origin: 'source', stale: false });
    expect(source.asked).toBe(i);
  }
  const seen: unknown[] = [];
  const watching = acme.watch(off).subscribe(value => seen.push(value));
  source.set(off, 2, 2);
  await world.apply('acme', announced(off, 2));
  await eventually(() => expect(seen).toEqual([1, 2]));
  expect(source.asked).toBe(4);
  watching.unsubscribe();
});
