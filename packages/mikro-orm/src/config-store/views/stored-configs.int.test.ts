import { defineConfig } from '@tenantry/protocol';
import { PATIENT } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf, store, system, useStore } from '../store.fixture.ts';
import { pages } from './pages.fixture.ts';

const plain = defineConfig({ ...PATIENT, name: 'plain', schema: z.number(), inherit: 'replace' });
const token = defineConfig({ ...PATIENT, name: 'token', schema: z.object({ key: z.string() }), secret: true });
const lower = defineConfig({ ...PATIENT, name: 'lower', schema: z.string().transform(text => text.toLowerCase()) });
const later = defineConfig({ ...PATIENT, name: 'later', schema: z.number(), writePolicy: 'write-back' });
const elsewhere = defineConfig({ name: 'elsewhere', schema: z.number() });

useStore({ configs: [plain, token, lower, later] });

it('has each config of a scope as its schema took it, secrets in clear, and the version of what was unset', async () => {
  const acme = store.tenant('acme');
  await acme.set(token, { key: 'hunter2' }, { actor: 'ann' });
  await acme.set(lower, 'ABC');
  await acme.set(later, 5);
  await acme.set(plain, 1);
  await acme.unset(plain);
  const found = await store.stored.of('tenants/acme', [plain, token, lower, later]);
  expect(
    Object.fromEntries([...found].map(([name, { version, json, dirty }]) => [name, [version, json, dirty]])),
  ).toEqual({
    plain: [2, undefined, false],
    token: [1, '{"key":"hunter2"}', false],
    lower: [1, '"ABC"', false],
    later: [1, '5', true],
  });
  expect(found.get('token')?.updatedBy).toBe('ann');
  expect(await store.stored.of('tenants/nobody', [plain, token])).toEqual(new Map());
  expect(await store.stored.revision('tenants/acme', token, 1)).toBe('{"key":"hunter2"}');
  expect(await store.stored.revision('tenants/acme', plain, 2)).toBeUndefined();
  expect(await codeOf(store.stored.revision('tenants/acme', plain, 9))).toBe('VERSION_NOT_FOUND');
  expect(await codeOf(store.stored.of('tenants/acme', [elsewhere]))).toBe('NOT_REGISTERED');
});

it('has the groups of many scopes with their versions', async () => {
  await store.scopes.setGroup('eu');
  await store.scopes.setGroup('gone');
  await store.scopes.deleteGroup('gone');
  await store.scopes.set('acme', ['eu']);
  const scopes = ['tenants/acme', 'tenants/nobody', 'groups/eu', 'groups/gone', 'groups/never'] as const;
  expect(await store.stored.groups(scopes)).toEqual(
    new Map([
      ['tenants/acme', { groups: ['eu'], version: 1 }],
      ['groups/eu', { groups: [], version: 1 }],
      ['groups/gone', { groups: undefined, version: 2 }],
    ]),
  );
});

it('has all groups of all scopes at once', async () => {
  await store.scopes.setGroup('all');
  await store.scopes.set('one', ['all']);
  const found = await store.stored.memberships();
  expect([found.get('groups/all'), found.get('tenants/one'), found.get('tenants/nobody')]).toEqual([
    [],
    ['all'],
    undefined,
  ]);
});

it('has the scopes that set a config, page by page, and those of a prefix', async () => {
  await store.scopes.setGroup('ex');
  for (const id of ['ea', 'e_1', 'ex1', 'zz']) await store.tenant(id).set(plain, 7);
  await store.group('ex').set(plain, 7);
  await store.global().set(plain, 7);
  const all = (await pages(cursor => store.stored.scopesOf(plain, { limit: 2, cursor }))).flat();
  expect(all.map(({ scope }) => scope)).toEqual([
    'global',
    'groups/ex',
    'tenants/e_1',
    'tenants/ea',
    'tenants/ex1',
    'tenants/zz',
  ]);
  expect(all[0]).toMatchObject({ version: 1, json: '7' });
  const named = async (prefix: string) =>
    (await store.stored.scopesOf(plain, { prefix })).items.map(({ scope }) => scope);
  expect(await named('ex')).toEqual(['groups/ex', 'tenants/ex1']);
  expect(await named('e_')).toEqual(['tenants/e_1']);
  expect(await named('%')).toEqual([]);
});

it('names the entities that are replicated', () => {
  const entities = [...system.replication.entities].map(([name, { fields }]) => [name, fields]);
  expect(entities).toEqual([['plans', ['id', 'tenantId', 'slug', 'name', 'notes']]]);
});

it('has the configs and groups of many scopes, with the origin of each', async () => {
  await store.scopes.setGroup('many', [], { origin: 'file:x:groups/many' });
  await store.group('many').set(plain, 1, { origin: 'file:x:b' });
  await store.tenant('many-1').set(plain, 2, { origin: 'file:x_:a' });
  await store.tenant('many-1').set(token, { key: 'k' }, { origin: 'file:x:c' });
  await store.tenant('many-1').set(later, 3);
  await store.tenant('many-2').set(plain, 3, { origin: 'file:x:d' });
  await store.tenant('many-2').set(plain, 4);
  await store.tenant('many-3').set(plain, 3, { origin: 'file:x:e' });
  await store.tenant('many-3').unset(plain, { origin: 'file:x:e' });
  const tenants = Array.from({ length: 450 }, (_, i) => `tenants/many-${i}` as const);
  const found = await store.stored.ofMany([...tenants, 'groups/many', 'groups/none'], [plain, token, later]);
  const told = [...found].flatMap(([scope, texts]) =>
    [...texts].map(([name, { version, json, origin, dirty }]) => [scope, name, version, json, origin, dirty].join(' ')),
  );
  expect(told.sort()).toEqual([
    'groups/many @groups 1 [] file:x:groups/many false',
    'groups/many plain 1 1 file:x:b false',
    'tenants/many-1 later 1 3  true',
    'tenants/many-1 plain 1 2 file:x_:a false',
    'tenants/many-1 token 1 {"key":"k"} file:x:c false',
    'tenants/many-2 plain 2 4 api false',
    'tenants/many-3 plain 2  file:x:e false',
  ]);
  expect(await codeOf(store.stored.ofMany(tenants, [elsewhere]))).toBe('NOT_REGISTERED');
});

it('finds what is set by its origin, page by page', async () => {
  await store.scopes.setGroup('origin', [], { origin: 'file:y%_:g' });
  await store.group('origin').set(plain, 1, { origin: 'file:y%_:a' });
  for (const id of ['o1', 'o2']) await store.tenant(id).set(plain, 1, { origin: `file:y%_:${id}` });
  await store.tenant('o3').set(plain, 1, { origin: 'file:yaa:o3' });
  await store.tenant('o4').set(plain, 1, { origin: 'file:Y%_:o4' });
  await store.tenant('o2').set(plain, 2);
  const found = await pages(cursor => store.stored.withOrigin('file:y%_:', { limit: 1, cursor }));
  expect(found.flat()).toEqual([
    { scope: 'groups/origin', config: '@groups', version: 1, origin: 'file:y%_:g' },
    { scope: 'groups/origin', config: 'plain', version: 1, origin: 'file:y%_:a' },
    { scope: 'tenants/o1', config: 'plain', version: 1, origin: 'file:y%_:o1' },
  ]);
  expect(await codeOf(store.stored.withOrigin(''))).toBe('INVALID_OPTION');
});
