import { defineEntity, p } from '@mikro-orm/core';
import { defineSync, GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { theme } from '../configs.fixture.ts';
import { openSystem, withoutVersions } from '../system.fixture.ts';

const numbered = defineEntity({
  name: 'Numbered',
  properties: { id: p.integer().primary().autoincrement(), tenantId: p.integer(), name: p.string() },
});
const large = defineEntity({
  name: 'Large',
  properties: { id: p.integer().primary().autoincrement(), tenantId: p.bigint(), name: p.string() },
});
const common = defineEntity({
  name: 'Common',
  properties: { id: p.integer().primary().autoincrement(), name: p.string() },
});

const sync = [
  [numbered, defineSync<{ id: number; tenantId: number }>()({ name: 'n', tenant: 'tenantId', keys: { id: ['id'] } })],
  [large, defineSync<{ id: number; tenantId: bigint }>()({ name: 'l', tenant: 'tenantId', keys: { id: ['id'] } })],
  [common, defineSync<{ id: number }>()({ name: 'c', keys: { id: ['id'] } })],
] as const;

it('every kind of tenant is filled by its heat, and whoever is complete has all of its tables', async () => {
  await using server = await startRedisServer();
  await using system = await openSystem({
    sync: sync as never,
    tenantry: { configs: [theme] },
    redisServer: server.url,
  });
  const em = system.em();
  for (const tenantId of [3, 5, 7]) {
    em.create(numbered, { tenantId, name: `${tenantId}` });
    em.create(large, { tenantId: BigInt(tenantId), name: `${tenantId}` });
  }
  em.create(common, { name: 'for all' });
  await em.flush();
  for (const tenant of ['3', '5', '7']) await configStore(system.orm).tenant(tenant).set(theme, { color: 'red' });
  await system.replication.settled();
  const expected = await withoutVersions(system);
  await system.redis.flushall();

  const { replica } = system.replication;
  const listeners = [0, 1, 2].map(() => new Redis(server.url));
  const heat: readonly (readonly Tenant[])[] = [['7', GLOBAL_TENANT, 'nonsense', '9e9'], ['7', GLOBAL_TENANT], ['7']];
  for (const [i, tenants] of heat.entries())
    await listeners[i]?.subscribe(...tenants.map(tenant => replica.names.of(tenant).feed));

  const steps: unknown[] = [];
  const { completeTenants } = replica;
  (replica as { completeTenants: typeof completeTenants }).completeTenants = async (token, tenants, as) => {
    const keys = Object.keys(await system.redisKeys()).filter(key =>
      tenants.some(each => key.startsWith(textOf(each))),
    );
    if (steps.length < 2) steps.push([tenants, keys]);
    return completeTenants.call(replica, token, tenants, as);
  };
  expect(await system.replication.fillIfEmpty()).toBe(true);
  expect(steps).toEqual([
    [['7'], ['7/@config:ui%2Ftheme', '7/l:id:3', '7/n:id:3']],
    [[GLOBAL_TENANT, '9e9', 'nonsense'], ['@global/c:id:1']],
  ]);
  expect(system.reportsOf('warning')).toEqual([]);
  expect(await withoutVersions(system)).toEqual(expected);
  // Each row once: what was there already is not published a second time.
  expect((await system.feed('7')).flatMap(({ changes }) => changes)).toHaveLength(3);
  expect((await system.feed('3')).flatMap(({ changes }) => changes)).toHaveLength(3);
  expect(system.reportsOf('filled').at(-1)).toMatchObject({ rows: 10 });
  for (const each of listeners) each.disconnect();
});

const textOf = (tenant: Tenant) => `${tenant === GLOBAL_TENANT ? '@global' : tenant}/`;
