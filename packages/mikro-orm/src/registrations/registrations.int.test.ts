import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';

const mode = defineConfig({ name: 'mode', schema: z.enum(['off', 'on']) });
const wider = defineConfig({ name: 'mode', schema: z.enum(['off', 'on', 'auto']) });
const only = defineConfig({ name: 'only-here', schema: z.string() });
const sync = [[Plan, plans]] as const;

let one: TestSystem;
let other: TestSystem;

beforeAll(async () => {
  one = await openSystem({ sync, tenantry: { configs: [mode] } });
  const { database, prefix } = one;
  other = await openSystem({ sync, database, prefix, tenantry: { configs: [wider, only] } });
  await other.orm.connect();
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
});

it('a process sees what others have registered soon after their start, and itself at once', async () => {
  expect((await one.replication.registrations())[0]).toMatchObject({
    isOwn: true,
    configs: { mode: expect.any(String) },
    entities: { plans: expect.any(String) },
  });
  const [own, theirs] = await eventually(async () => {
    const found = await one.replication.registrations();
    expect(found).toHaveLength(2);
    return found;
  });
  expect(theirs?.isOwn).toBe(false);
  expect(Object.keys(theirs?.configs ?? {}).sort()).toEqual(['mode', 'only-here']);
  expect(theirs?.entities).toEqual(own?.entities);
  const [options, schema] = String(own?.configs.mode).split('.');
  expect(theirs?.configs.mode?.split('.')[0]).toBe(options);
  expect(theirs?.configs.mode?.split('.')[1]).not.toBe(schema);
  expect(await one.redis.ttl(one.replication.replica.names.registrations)).toBeGreaterThan(3_000);
});

it('what a process said that has ended since is not told, and rubbish is no registration', async () => {
  const { registrations: name } = one.replication.replica.names;
  const old = { id: 'old', at: Date.now() - 200_000, configs: { mode: 'x.y' }, entities: {} };
  await one.redis.hset(name, { old: JSON.stringify(old), rubbish: '{', list: '[]', wrong: '{"at":"x"}' });
  const fresh = JSON.stringify({ ...old, id: 'fresh', at: Date.now() });
  await one.redis.hset(name, { fresh });
  const found = await one.replication.registrations();
  expect(found.filter(({ configs }) => configs.mode === 'x.y')).toHaveLength(1);
  expect(found.length).toBeLessThanOrEqual(3);
});

it('the clock of the database is told, and tables that are not there', async () => {
  expect(Math.abs((await one.replication.databaseNow()) - Date.now())).toBeLessThan(60_000);
  expect(await one.replication.missingTables()).toEqual([]);
  await one.sql('alter table tenantry_config_revision rename to gone');
  try {
    expect(await one.replication.missingTables()).toEqual(['tenantry_config_revision']);
  } finally {
    await one.sql('alter table gone rename to tenantry_config_revision');
  }
});
