import { Migrator } from '@mikro-orm/migrations';
import { eventually, freshDatabase, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { auditLog } from '../audit-log/audit-log.ts';
import { configStore } from '../config-store/config-store.ts';
import { codeOf } from '../config-store/store.fixture.ts';
import { limit } from '../configs.fixture.ts';
import { grants } from '../grants/grants.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openOrm, openSystem, type TestORM } from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';

it('the tables of the admin come with the option, and without it none makes or drops them', async () => {
  await using database = await freshDatabase();
  const redis = new Redis(testServers().redisUrl, { lazyConnect: true });
  const open = (options: { admin?: boolean; configs?: [] }): Promise<TestORM> =>
    openOrm(database, {
      entities: [Plan],
      migrations: { snapshot: false },
      extensions: [Migrator, tenantry({ redis, sync: [[Plan, plans]], ...options })],
    });
  const before = await open({ configs: [] });
  await before.schema.create();
  expect((await before.migrator.create()).diff.up).toEqual([]);
  await before.close();

  const admin = await open({ admin: true });
  const update = await admin.schema.getUpdateSchemaSQL();
  expect(update).toMatch(/create table [`"]tenantry_grant[`"]/);
  expect(update).toMatch(/create table [`"]tenantry_audit[`"]/);
  expect(update).not.toContain('tenantry_config');
  await admin.schema.update();
  expect(await admin.schema.getUpdateSchemaSQL()).toBe('');
  expect((await admin.migrator.create()).diff.up).toEqual([]);
  await admin.close();

  // Another application on the same database, and one that has nothing but the outbox.
  for (const options of [{ configs: [] as [] }, {}, { admin: false, configs: [] as [] }]) {
    const other = await open(options);
    expect(await other.schema.getUpdateSchemaSQL()).toBe('');
    expect((await other.migrator.create()).diff.up).toEqual([]);
    await other.close();
  }
  redis.disconnect();
});

it('`admin` alone brings the tables of configs, too', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { admin: true } });
  const given = await grants(system.orm).give({ who: '*', verbs: ['list'], scope: '*' });
  expect(await grants(system.orm).all()).toEqual([given]);
  expect(await configStore(system.orm).scopes.setGroup('eu')).toMatchObject({ version: 1 });
  expect((await auditLog(system.orm).list()).items).toHaveLength(2);
});

it('before their migration ran, a write says so and is not made, and a warning names them', async () => {
  await using database = await freshDatabase();
  await using before = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [limit] }, database });
  await before.orm.schema.create();
  await using system = await openSystem({
    ...{ sync: [[Plan, plans]], database, prefix: before.prefix },
    tenantry: { admin: true, configs: [limit] },
  });
  const acme = configStore(system.orm).tenant('acme');
  expect(await codeOf(acme.set(limit, 1))).toBe('TABLES_MISSING');
  expect(await acme.get(limit)).toBeUndefined();
  expect(await codeOf(grants(system.orm).all())).toBe('TABLES_MISSING');
  expect(await codeOf(auditLog(system.orm).list())).toBe('TABLES_MISSING');
  await eventually(
    () =>
      system
        .reportsOf('warning')
        .some(({ message }) => /no table tenantry_grant, tenantry_audit: .* option `admin`/.test(message)),
    { timeoutMs: 30_000, message: 'the warning' },
  );
});

it('SQLite has them as well', async () => {
  await using system = await openSystem({
    ...{ sync: [[Plan, plans]], sqlite: true },
    tenantry: { admin: true, configs: [limit] },
  });
  const rights = grants(system.orm);
  const acme = configStore(system.orm).tenant('acme');
  await acme.set(limit, 1, { actor: 'ann' });
  await acme.set(limit, 2, { actor: 'Ann', via: 'admin ::1' });
  const given = await rights.give({ who: 'user:ann', verbs: ['edit'], scope: 'tenants/acme' });
  expect(await codeOf(rights.take(given.id, { allowed: () => false }))).toBe('NOT_ALLOWED');
  expect(await rights.take(given.id)).toEqual(given);
  const log = auditLog(system.orm);
  expect((await log.list({ scope: 'tenants/acme', limit: 2 })).items).toMatchObject([
    { action: 'grant.take', version: undefined },
    { action: 'grant.give' },
  ]);
  expect((await log.list({ actor: 'Ann', search: 'ADMIN' })).items).toMatchObject([{ version: 2, via: 'admin ::1' }]);
  const exported: string[] = [];
  for await (const { action } of log.export()) exported.push(action);
  expect(exported).toEqual(['config.set', 'config.set', 'grant.give', 'grant.take']);
});

it('an option that is neither true nor false is refused', () => {
  const redis = new Redis({ lazyConnect: true });
  expect(() => tenantry({ redis, configs: [], admin: 'yes' as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
  redis.disconnect();
});

it.skipIf(testServers().databaseUrl.startsWith('postgres'))(
  'a process that writes past the audit log of others is warned soon after its start, and no other',
  async () => {
    await using audited = await openSystem({ sync: [], entities: [Plan], tenantry: { admin: true, configs: [limit] } });
    await using plain = await openSystem({ sync: [], entities: [Plan], tenantry: { configs: [limit] } });
    const { database, prefix } = audited;
    await using other = await openSystem({
      ...{ sync: [], entities: [Plan], database, prefix },
      tenantry: { configs: [limit] },
    });
    for (const system of [audited, plain, other]) await system.sql('select 1');
    const warnings = (system: typeof other) => system.reportsOf('warning').map(({ message }) => message);
    await eventually(() => expect(warnings(other)).toEqual([expect.stringMatching(/tenantry_audit.*`admin: true`/)]), {
      timeoutMs: 30_000,
    });
    expect([warnings(audited), warnings(plain)]).toEqual([[], []]);
  },
);
