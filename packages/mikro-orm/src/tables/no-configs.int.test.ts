import { Migrator } from '@mikro-orm/migrations';
import { freshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { limit } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openOrm, openSystem, type TestORM, type TestSystem, withoutVersions } from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';
import { writeBack } from '../write-back/write-back.ts';

const CONFIG_TABLES = /tenantry_config/;
let system: TestSystem;
let queries: string[];
beforeEach(async () => {
  queries = [];
  const orm = { debug: ['query'] as const, logger: (line: string) => void queries.push(line), colors: false };
  system = await openSystem({ sync: [[Plan, plans]], orm: orm as never });
});
afterEach(() => system[Symbol.asyncDispose]());

async function insertPlans(): Promise<void> {
  const em = system.em();
  for (const slug of ['gold', 'silver']) em.create(Plan, { tenantId: 'acme', slug });
  await em.flush();
}

it('an application without configs has no tables of configs, and nothing to change in its schema', async () => {
  expect(await system.orm.schema.getCreateSchemaSQL()).not.toMatch(CONFIG_TABLES);
  expect(await system.orm.schema.getUpdateSchemaSQL()).toBe('');
  await expect(system.sql('select 1 from tenantry_config')).rejects.toThrow('tenantry_config');
});

it('whatever a worker does runs without them', async () => {
  const { replication, orm } = system;
  await insertPlans();
  await replication.fillIfEmpty();
  await replication.relay();
  await replication.checkHistory();
  await replication.resync();
  await replication.backfill(Plan);
  expect(await replication.audit({ repair: true })).toMatchObject({ repaired: 0 });
  await replication.replica.purgeTombstones(0);
  expect(await configStore(orm).expireDue()).toBe(0);
  expect(await configStore(orm).trimRevisions()).toBe(0);
  await writeBack(orm).findDirtyTenants();
  expect(await writeBack(orm).dirtyTenants()).toEqual([]);
  expect(await writeBack(orm).flush()).toEqual({ flushed: 0, deadLettered: 0, remaining: 0 });
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(queries.length).toBeGreaterThan(20);
  expect(queries.filter(line => CONFIG_TABLES.test(line))).toEqual([]);
});

it('its config store says which option it lacks', async () => {
  const store = configStore(system.orm);
  const missing = { code: 'TABLES_MISSING', message: expect.stringContaining('the option `configs`') };
  await expect(store.tenants()).rejects.toMatchObject(missing);
  await expect(store.tenant('acme').list()).rejects.toMatchObject(missing);
  await expect(store.register(limit)).rejects.toMatchObject(missing);
  await expect(store.tenant('acme').set(limit, 1)).rejects.toMatchObject(missing);
  await store.deregister(limit).catch(() => undefined);
  const other = await openSystem({ sync: [[Plan, plans]] });
  await using _ = other;
  await expect(configStore(other.orm).tenant('acme').set(limit, 1)).rejects.toMatchObject({ code: 'NOT_REGISTERED' });
  expect(await configStore(other.orm).tenant('acme').state()).toMatchObject({ configs: [] });
  expect(configStore(other.orm).definitions.size).toBe(0);
});

it('with `configs`, an empty list too, the next update or migration brings them; without, none drops them', async () => {
  await using database = await freshDatabase();
  const redis = new Redis({ lazyConnect: true });
  const open = (configs?: []): Promise<TestORM> =>
    openOrm(database, {
      entities: [Plan],
      migrations: { snapshot: false },
      extensions: [Migrator, tenantry({ redis, sync: [[Plan, plans]], ...(configs && { configs }) })],
    });
  const before = await open();
  await before.schema.create();
  expect((await before.migrator.create()).diff.up).toEqual([]);
  await before.close();
  const later = await open([]);
  const update = await later.schema.getUpdateSchemaSQL();
  expect(update).toMatch(/create table [`"]tenantry_config[`"]/);
  expect(update).toMatch(/create table [`"]tenantry_config_revision[`"]/);
  expect(update).not.toContain('tenantry_outbox');
  await later.schema.update();
  expect(await later.schema.getUpdateSchemaSQL()).toBe('');
  await later.close();
  const again = await open();
  expect(await again.schema.getUpdateSchemaSQL()).toBe('');
  expect((await again.migrator.create()).diff.up).toEqual([]);
  await again.close();
  redis.disconnect();
});
