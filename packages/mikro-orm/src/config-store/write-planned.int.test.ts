import { expect, it } from 'vitest';
import { banner, limit, theme } from '../configs.fixture.ts';
import { codeOf, fresh, store, system, useStore } from './store.fixture.ts';

useStore({ configs: [banner, limit, theme] });

it('sets and takes away in one transaction and one message, each with an origin of its own', async () => {
  const { id, configs } = fresh();
  await configs.set(banner, { text: 'hi' });
  const results = await configs.writeMany(
    [
      { definition: theme, value: { color: 'red' }, origin: 'file:a#1', ifVersion: 0 },
      { definition: banner, value: undefined, origin: 'file:b#2', ifVersion: 1, reason: 'gone' },
      { definition: limit, value: 5 },
    ],
    { origin: 'file:c#3', reason: 'import', actor: 'loader' },
  );
  expect(results.map(({ version }) => version)).toEqual([1, 2, 1]);
  const stored = await store.stored.of(`tenants/${id}`, [theme, banner, limit]);
  expect([...stored].map(([name, { origin, json }]) => [name, origin, json !== undefined]).sort()).toEqual([
    [limit.name, 'file:c#3', true],
    [banner.name, 'file:b#2', false],
    [theme.name, 'file:a#1', true],
  ]);
  const { items } = await configs.history(banner, { limit: 1 });
  expect(items[0]).toMatchObject({ op: 'unset', reason: 'gone', actor: 'loader', origin: 'file:b#2' });
  expect((await system.feed(id)).map(({ changes }) => changes.length)).toEqual([1, 3]);
});

it('writes nothing where one of its conditions does not hold', async () => {
  const { id, configs } = fresh();
  await configs.set(limit, 5);
  const writes = [
    { definition: theme, value: { color: 'red' } },
    { definition: limit, value: 6, ifVersion: 0 },
  ];
  expect(await codeOf(configs.writeMany(writes))).toBe('CONFLICT');
  expect(await codeOf(configs.writeMany([{ definition: theme, value: undefined }]))).toBe('NOT_FOUND');
  expect(await codeOf(configs.writeMany([{ definition: limit, value: -1 }]))).toBe('INVALID_VALUE');
  expect(await codeOf(configs.writeMany([...writes, ...writes]))).toBe('INVALID_OPTION');
  expect(await codeOf(configs.writeMany('x' as never))).toBe('INVALID_OPTION');
  expect(await configs.writeMany([])).toEqual([]);
  expect(await system.feed(id)).toHaveLength(1);
});
