import { type FreshDatabase, freshDatabase } from '@tenantry/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { auditLog } from '../audit-log/audit-log.ts';
import { configStore } from '../config-store/config-store.ts';
import { databaseSource } from '../configs/database-source.ts';
import { limit, theme } from '../configs.fixture.ts';
import { grants } from '../grants/grants.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openOrm, openSystem, ownersIn, type TestSystem, withoutVersions } from '../system.fixture.ts';

// R14: MikroORM sends reads to a replica that never catches up. It has every row, and each is of long ago.
let system: TestSystem;
let primary: FreshDatabase;
let replica: FreshDatabase;
/** What was asked of the replica. */
let askedOfReplica: string[];

beforeEach(async () => {
  [primary, replica] = await Promise.all([freshDatabase(), freshDatabase()]);
  for (const database of [primary, replica]) {
    await using made = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { admin: true, configs: [theme, limit] },
      database,
    });
    await made.orm.schema.create();
  }
  const old = await openOrm(replica, { entities: [Plan] });
  await old.em.fork().insertMany(
    Plan,
    Array.from({ length: 5 }, (_, i) => ({ id: i + 1, tenantId: 'old', slug: `old-${i + 1}`, name: 'old' })),
  );
  await old.close();
  const { hostname: host, port } = new URL(replica.url);
  askedOfReplica = [];
  system = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { admin: true, configs: [theme, limit] },
    database: primary,
    orm: {
      replicas: [{ name: 'lags', host, port: Number(port), dbName: replica.name }],
      debug: ['query'],
      colors: false,
      logger: line => {
        if (line.includes("read connection 'lags'")) askedOfReplica.push(line);
      },
    },
  });
});
afterEach(async () => {
  await system?.[Symbol.asyncDispose]();
  await Promise.all([primary?.close(), replica?.close()]);
});

async function expectConverged(): Promise<void> {
  const [read] = system.orm.config.get('replicas') ?? [];
  expect(read).toBeDefined();
  const rows = await system.sql<Record<string, unknown>>('select * from plan order by id');
  const expected = Object.fromEntries(
    rows.flatMap(({ id, tenant_id: tenant, slug }) => [
      [`${tenant}/plans:id:${id}`, `plans:${id}`],
      [`${tenant}/plans:slug:${slug}`, `plans:${id}`],
    ]),
  );
  expect(await ownersIn(system)).toEqual(expected);
  const names = Object.values(await withoutVersions(system)).map(({ value }) => (value as Plan).name);
  expect(names).not.toContain('old');
}

async function seeded(): Promise<void> {
  const em = system.em();
  for (let i = 1; i <= 5; i++) em.create(Plan, { id: i, tenantId: 'acme', slug: `s${i}`, name: 'new' } as Plan);
  await em.flush();
  await system.replication.settled();
}

it('really reads from it', async () => {
  await seeded();
  expect((await system.em().findOneOrFail(Plan, 1)).name).toBe('old');
  expect(askedOfReplica).toHaveLength(1);
});

it('publishes what the primary has: at once, by the relay, by a backfill and by a republish', async () => {
  await seeded();
  await expectConverged();
  await system.sql("update plan set name = 'unseen'");
  await system.replication.backfill(Plan);
  await expectConverged();
  await system.sql("update plan set name = 'again' where id = 1");
  await system.replication.republish(Plan, { id: 1 });
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'again' });
  await system.sql(
    `insert into tenantry_outbox (transaction_id, source, record_id, tenant, op, attempts, available_at, created_at)
     values ('x', 'plans', '2', 'acme', 'update', 0, 0, 0)`,
  );
  await system.sql("update plan set name = 'relayed' where id = 2");
  expect((await system.replication.relay()).published).toBe(1);
  expect(await system.value('acme', 'plans:id:2')).toMatchObject({ name: 'relayed' });
  expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
  expect(await system.replication.fillIfEmpty()).toBe(true);
  await expectConverged();
  expect(askedOfReplica).toEqual([]);
});

// R2: what the application read from the replica says that the row was in another tenant under another slug.
it('moves and deletes rows that the application read from the replica', async () => {
  await seeded();
  const em = system.em();
  const [moved, renamed, removed] = (await em.find(Plan, { id: [1, 2, 3] }, { orderBy: { id: 1 } })) as [
    Plan,
    Plan,
    Plan,
  ];
  expect(moved.tenantId).toBe('old');
  moved.tenantId = 'globex';
  renamed.slug = 'renamed';
  em.remove(removed);
  askedOfReplica.length = 0;
  await em.flush();
  await expectConverged();
  expect(Object.keys(await ownersIn(system))).toContain('globex/plans:id:1');
  expect(askedOfReplica).toEqual([]);
});

// B28
it('grants and the audit log are read from the primary', async () => {
  const rights = grants(system.orm);
  const given = await rights.give({ who: 'user:ann', verbs: ['edit'], scope: '*' });
  expect(await rights.all()).toEqual([given]);
  expect((await rights.list()).items).toEqual([given]);
  await rights.give({ who: 'user:bob', verbs: ['edit'], scope: '*' }, { allowed: all => all.length === 1 });
  await rights.take(given.id, { allowed: all => all.length === 2 });
  const log = auditLog(system.orm);
  expect((await log.list()).items).toHaveLength(3);
  const exported: unknown[] = [];
  for await (const entry of log.export({ search: 'ann' })) exported.push(entry);
  expect(exported).toHaveLength(2);
  expect(askedOfReplica).toEqual([]);
});

it('configs are written, listed and loaded from the primary', async () => {
  const store = configStore(system.orm);
  const acme = store.tenant('acme');
  await acme.set(theme, { color: 'red' }, { actor: 'ann' });
  await acme.set(theme, { color: 'green' }, { ifVersion: 1 });
  await acme.patch(theme, { size: 3 });
  expect((await acme.get(theme))?.value).toEqual({ color: 'green', size: 3 });
  expect((await acme.history(theme)).items).toHaveLength(3);
  await acme.rollback(theme, 1);
  expect((await acme.list({ values: true })).items).toMatchObject([
    { name: 'ui/theme', version: 4, value: { color: 'red' } },
  ]);
  const [loaded] = await databaseSource(system.orm).load('acme', [theme]);
  expect(loaded).toMatchObject({ version: 4 });
  await acme.unset(theme);
  expect((await acme.list()).items).toEqual([]);
  expect(askedOfReplica).toEqual([]);
});
