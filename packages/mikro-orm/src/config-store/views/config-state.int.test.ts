import { defineConfig, type TenantryError } from '@tenantry/protocol';
import { PATIENT } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { allConfigs, banner, counter, limit, session, theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { writeBack } from '../../write-back/write-back.ts';
import { type ConfigStore, configStore } from '../config-store.ts';
import type { ConfigState } from './config-state.ts';

const fleeting = defineConfig({
  ...{ ...PATIENT, name: 'fleeting', schema: z.number(), group: 'times' },
  ...{ ttl: '10m', maxStale: '10m' },
});

let system: TestSystem;
let store: ConfigStore;
let tenants = 0;

beforeAll(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [...allConfigs, fleeting] } });
  store = configStore(system.orm);
});
afterAll(() => system[Symbol.asyncDispose]());

const fresh = () => {
  const id = `tenant-${++tenants}`;
  const { keyPrefix, records } = system.replication.replica.names.of(id);
  const configs = store.tenant(id);
  const stateOf = async (name: string) =>
    (await configs.state()).configs.find(each => each.name === name) as ConfigState;
  return { id, configs, keyPrefix, records, stateOf };
};

it('the state of a tenant without values is empty and in sync', async () => {
  const { configs } = fresh();
  const { configs: each, total } = await configs.state();
  expect(each.map(({ name }) => name)).toEqual([...allConfigs, fleeting].map(({ name }) => name).sort());
  expect(total).toEqual({ configs: 7, set: 0, dirty: 0, missing: 0, behind: 0, inSync: 7, bytes: 0 });
});

it('the state shows both versions, and the size of the value in Redis', async () => {
  const { configs, stateOf, keyPrefix } = fresh();
  await configs.set(limit, 1);
  await configs.set(limit, 2);
  expect(await stateOf(limit.name)).toEqual({
    name: limit.name,
    groups: ['limits'],
    policy: 'write-through',
    isSet: true,
    database: 2,
    redis: 2,
    isInRedis: true,
    dirty: undefined,
    freshForMs: undefined,
    dropsInMs: undefined,
    bytes: await system.redis.strlen(keyPrefix + limit.address),
    isMissing: false,
    isBehind: false,
    inSync: true,
  });
  await configs.unset(limit);
  expect(await stateOf(limit.name)).toMatchObject({
    isSet: false,
    database: 3,
    redis: 3,
    isInRedis: false,
    inSync: true,
  });
});

it('the state does not call a value missing that Redis is not meant to keep', async () => {
  const { configs, stateOf } = fresh();
  await configs.set(banner, { text: 'a' });
  expect(await stateOf(banner.name)).toMatchObject({ isSet: true, isInRedis: false, isMissing: false, inSync: true });
});

it('the state tells evicted values, lost values, and values that are left over', async () => {
  const { configs, stateOf, keyPrefix, records } = fresh();
  await configs.set(limit, 1);
  await configs.set(theme, { color: 'red' });
  await system.redis.del(keyPrefix + limit.address);
  expect(await stateOf(limit.name)).toMatchObject({ isMissing: true, isBehind: false, inSync: false });
  await system.redis.hdel(records, limit.address);
  expect(await stateOf(limit.name)).toMatchObject({ isMissing: true, isBehind: true, redis: 0, inSync: false });

  const value = (await system.redis.getBuffer(keyPrefix + theme.address)) as Buffer;
  await configs.unset(theme);
  await system.redis.set(keyPrefix + theme.address, value);
  expect(await stateOf(theme.name)).toMatchObject({ isSet: false, isInRedis: true, inSync: false });
  await system.redis.set(keyPrefix + theme.address, 'somebody else’s');
  expect(await stateOf(theme.name)).toMatchObject({ isInRedis: false, bytes: expect.any(Number) });
});

it('the state shows a change that is committed and not yet published', async () => {
  const { configs, stateOf, id } = fresh();
  await configs.set(limit, 1);
  await system.sql('update tenantry_config set version = 2 where tenant = ? and name = ?', [id, limit.configKey]);
  expect(await stateOf(limit.name)).toMatchObject({ database: 2, redis: 1, isBehind: true, inSync: false });
});

it('the state says how long a value is fresh, and when Redis drops it', async () => {
  const { configs, stateOf } = fresh();
  await configs.set(fleeting, 1);
  const { freshForMs, dropsInMs } = await stateOf(fleeting.name);
  // The process knows the clock of Redis to within half of a round trip.
  expect(Math.abs((freshForMs as number) - 10 * 60_000)).toBeLessThan(60_000);
  expect(Math.abs((dropsInMs as number) - 20 * 60_000)).toBeLessThan(60_000);
});

it('the state takes an expired value for one that is not set', async () => {
  const { configs, stateOf } = fresh();
  await configs.set(limit, 1, { expiresAt: 1 });
  expect(await stateOf(limit.name)).toMatchObject({ isSet: false, database: 1, isInRedis: false, inSync: true });
});

it('the state shows a write that is acknowledged and not yet in the database', async () => {
  const { configs, stateOf } = fresh();
  await configs.set(counter, { n: 1 });
  const unflushed = { isSet: true, database: 0, redis: 1, isInRedis: true, dirty: 1, isBehind: false, inSync: false };
  expect(await stateOf(counter.name)).toMatchObject(unflushed);
  expect((await configs.state()).total).toMatchObject({ set: 1, dirty: 1 });
  await writeBack(system.orm).flush();
  expect(await stateOf(counter.name)).toMatchObject({ database: 1, redis: 1, dirty: undefined, inSync: true });
  await configs.unset(counter);
  expect(await stateOf(counter.name)).toMatchObject({ isSet: false, database: 1, redis: 2, dirty: 2, inSync: false });
});

it('the state of a config that is only in Redis has no version of the database', async () => {
  const { configs, stateOf } = fresh();
  expect(await stateOf(session.name)).toMatchObject({ database: undefined, isSet: false, inSync: true });
  await configs.set(session, { user: 'ann' });
  expect(await stateOf(session.name)).toMatchObject({ database: undefined, redis: 1, isSet: true, inSync: true });
});

it('the state adds up by group, and shows one group alone', async () => {
  const { configs, keyPrefix } = fresh();
  await configs.set(limit, 1);
  await configs.set(theme, { color: 'red' });
  await configs.set(banner, { text: 'a' });
  await system.redis.del(keyPrefix + theme.address);
  const { groups, total } = await configs.state();
  expect(groups.map(({ name, configs: count, set, missing, inSync }) => [name, count, set, missing, inSync])).toEqual([
    ['limits', 2, 1, 0, 2],
    ['public', 1, 1, 1, 0],
    ['times', 1, 0, 0, 1],
    ['ui', 2, 2, 1, 1],
  ]);
  expect(total).toMatchObject({ configs: 7, set: 3, missing: 1, inSync: 6 });
  const ui = await configs.state('limits');
  expect(ui.configs.map(({ name }) => name)).toEqual([limit.name, counter.name]);
  expect(await configs.state('nobody’s')).toMatchObject({ configs: [], groups: [] });
  const refused = await configs.state(7 as never).catch(error => error as TenantryError);
  expect(refused).toMatchObject({ code: 'INVALID_OPTION' });
});
