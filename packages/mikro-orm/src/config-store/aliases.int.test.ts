import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { limit } from '../configs.fixture.ts';
import { openOrm } from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';
import { codeOf, fresh, store, system, useStore } from './store.fixture.ts';

useStore({ configs: [limit] });

const schema = z.number();
const renamed = defineConfig({
  name: 'new/rate',
  aliases: ['rate', 'old/rate'],
  configKey: 'rate',
  schema,
  databaseTimeout: '30s',
  cacheTimeout: '10s',
});

// K1, K2
it('the store finds a config by its former names, which are those of no other config, in whichever order the two come', async () => {
  await store.register(renamed);
  for (const name of ['new/rate', 'rate', 'old/rate']) expect(store.definition(name)).toBe(renamed);
  expect(store.definition('toString')).toBeUndefined();
  expect([...store.definitions.keys()]).toContain('new/rate');
  expect([...store.definitions.keys()]).not.toContain('rate');
  const { configs } = fresh();
  await configs.set(renamed, 7);
  expect((await configs.list()).items).toMatchObject([{ name: 'rate', config: 'new/rate' }]);
  for (const other of [
    defineConfig({ name: 'other', aliases: ['new/rate'], schema }),
    defineConfig({ name: 'other', aliases: ['old/rate'], schema }),
    defineConfig({ name: 'old/rate', schema }),
    defineConfig({ name: 'old/rate', aliases: ['older'], schema }),
  ])
    expect(await codeOf(store.register(other))).toBe('INVALID_DEFINITION');
  expect(store.definition('old/rate')).toBe(renamed);
  await store.deregister(renamed);
  expect(store.definition('rate')).toBeUndefined();
  const later = defineConfig({ name: 'old/rate', schema });
  expect(await codeOf(store.register(later))).toBe('no error');
  await store.deregister(later);
});

// K1: a former name leads to the definition, and the definition to the value, so no name can lead past a check of it.
it('every verb by a former name is of the one config, in its own tenant, and a reader that has not been renamed yet reads it', async () => {
  await store.register(renamed);
  const [{ id, configs: a }, { configs: b }] = [fresh(), fresh()];
  const by = (name: string) => store.definition(name) as typeof renamed;
  expect((await a.set(by('rate'), 7)).version).toBe(1);
  expect((await a.update(by('old/rate'), 8, { ifVersion: 1 })).version).toBe(2);
  for (const name of ['new/rate', 'rate', 'old/rate']) {
    expect(await a.get(by(name))).toMatchObject({ value: 8, version: 2 });
    expect((await a.history(by(name))).items.map(({ version }) => version)).toEqual([2, 1]);
    expect(await b.get(by(name))).toBeUndefined();
  }
  const before = defineConfig({ name: 'rate', schema });
  expect(before.address).toBe(renamed.address);
  expect(await system.value(id, before.address)).toBe(8);
  await b.set(by('new/rate'), 1);
  await a.unset(by('old/rate'));
  expect([await a.get(renamed), (await b.get(by('rate')))?.value]).toEqual([undefined, 1]);
  expect(await codeOf(a.set(by('rate'), 'fast' as never))).toBe('INVALID_VALUE');
  await store.deregister(renamed);
});

// K2
it.each([
  ['the name of another', ['a'], ['b', 'a']],
  ['an alias of another', ['a', 'former'], ['b', 'former']],
  ['a config whose name is an alias', ['a', 'b'], ['b']],
  ['a chain', ['a', 'b'], ['b', 'c']],
  ['a circle', ['a', 'b'], ['b', 'a']],
])('an ORM does not start with an alias that is %s, in whichever order the two are given', async (_, one, two) => {
  const configs = [one, two].map(([name = '', ...aliases]) => defineConfig({ name, aliases, schema }));
  const { database, redis, prefix } = system;
  for (const given of [configs, configs.toReversed()]) {
    const extensions = [tenantry({ redis, prefix, configs: given })];
    expect(await codeOf(openOrm(database, { entities: [], extensions }))).toBe('INVALID_DEFINITION');
  }
});
