import { EntitySchema, type EventSubscriber, type Options } from '@mikro-orm/core';
import { MikroORM as MariaDbORM } from '@mikro-orm/mariadb';
import { MikroORM as MySqlORM } from '@mikro-orm/mysql';
import { MikroORM as PostgreSqlORM } from '@mikro-orm/postgresql';
import { defineSync, type SyncDefinition } from '@tenantry/protocol';
import { type FreshDatabase, freshDatabase, freshPrefix, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SyncEntry } from './definitions/definition-registry.ts';
import { Limit, limits, Plan, plans } from './plans.fixture.ts';
import { replication } from './replication.ts';
import { openOrm, openSystem, type TestSystem, withoutVersions } from './system.fixture.ts';
import { tenantry } from './tenantry.ts';
import type { TenantryOptions } from './tenantry-options.ts';

let database: FreshDatabase;
const redis = new Redis(testServers().redisUrl, { lazyConnect: true });
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  redis.disconnect();
  await database.close();
});

let system: TestSystem | undefined;
afterEach(async () => {
  await system?.[Symbol.asyncDispose]();
  system = undefined;
});

const sync: readonly SyncEntry[] = [[Plan, plans]];

/** Fails, or closes what it started. */
async function start(options: Partial<TenantryOptions>, orm: Partial<Options> = {}): Promise<void> {
  const started = await openOrm(database, {
    entities: [Plan, Limit] as never,
    ...orm,
    extensions: [tenantry({ redis, sync, ...options })],
  });
  await started.close();
}

const define = (options: object) => defineSync<Plan>()(options as never) as SyncDefinition<never, never, unknown>;

describe('a start with a mistake says what it is', () => {
  it.each([
    {
      what: 'a property that is not there',
      keys: { slug: ['slugg'] },
      says: /Plan has no property "slugg", .*key "slug"/,
    },
    { what: 'a tenant that is not there', tenant: 'tenant', says: /no property "tenant".*`tenant`/ },
    { what: 'an omitted property that is not there', omit: ['nope'], says: /no property "nope".*`omit`/ },
    { what: 'a picked property that is not there', pick: ['nope'], says: /no property "nope".*`pick`/ },
  ])('$what', async ({ says, what: _, ...options }) => {
    const definition = define({ name: 'bad', keys: { id: ['id'] }, ...options });
    await expect(start({ sync: [[Plan, definition]] })).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringMatching(says),
    });
  });

  it('a name that two definitions have', async () => {
    const twin = define({ name: 'plans', keys: { slug: ['slug'] } });
    await expect(
      start({
        sync: [
          [Plan, plans],
          [Plan, twin],
        ],
      }),
    ).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringContaining('"plans"'),
    });
  });

  it('an entity that the ORM does not have', async () => {
    await expect(start({ sync: [[Limit, limits]] }, { entities: [Plan] as never })).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringContaining('"limits"'),
    });
  });

  it('no definition', async () => {
    await expect(start({ sync: [[Plan]] as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(start({ sync: [[undefined, plans]] as never })).rejects.toMatchObject({ code: 'INVALID_DEFINITION' });
    await expect(start({ sync: [null] as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('a key that is a relation of several columns, or no single value', async () => {
    interface Child {
      id: number;
      parent: object;
      many: object;
    }
    const Parent = new EntitySchema({
      name: 'Parent',
      properties: { a: { type: 'integer', primary: true }, b: { type: 'integer', primary: true } },
    });
    const Child = new EntitySchema<Child>({
      name: 'Child',
      properties: {
        id: { type: 'integer', primary: true },
        parent: { kind: 'm:1', entity: () => Parent as never },
        many: { kind: 'm:n', entity: () => Plan as never, owner: true },
      },
    });
    for (const property of ['parent', 'many']) {
      const children = defineSync<Child>()({ name: 'children', keys: { by: [property as never] } });
      await expect(
        start({ sync: [[Child, children]] as never }, { entities: [Parent, Child, Plan] as never }),
      ).rejects.toMatchObject({ code: 'INVALID_DEFINITION', message: expect.stringContaining(`"${property}"`) });
    }
  });

  it.each([
    { redis: undefined },
    { redis: {} },
    { sync: undefined },
    { sync: 'plans' },
    { publish: 'later' },
    { publishTimeoutMs: -1 },
    { publishTimeoutMs: '5' },
    { publishQueueSize: 0 },
    { relayGraceMs: Number.NaN },
    { relayBatchSize: 0 },
    { maxAttempts: 1.5 },
    { feedLength: 0 },
    { prefix: 'a{b}' },
    { onReport: 'console' },
    { clock: 5 },
  ])('an option: %o', async options => {
    const [name] = Object.keys(options) as [string];
    await expect(start(options as never)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(`\`${name}\``),
    });
  });

  it('no time for publishing, and names the option that is meant', async () => {
    const message = expect.stringContaining("`publish: 'relay'`");
    await expect(start({ publishTimeoutMs: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION', message });
  });

  it('a connection with a prefix of its own', async () => {
    const prefixed = new Redis({ keyPrefix: 'x:', lazyConnect: true });
    await expect(start({ redis: prefixed })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('an ORM without transactions', async () => {
    await expect(start({}, { disableTransactions: true })).rejects.toMatchObject({ code: 'NOT_ATOMIC' });
  });

  it('an ORM without the extension', async () => {
    const orm = await openOrm(database, { entities: [Plan] as never });
    expect(() => replication(orm)).toThrow(expect.objectContaining({ code: 'NOT_REGISTERED' }));
    await orm.close();
  });
});

describe('an ORM that opens no transactions by itself', () => {
  it('is refused a flush of replicated rows outside of one, before anything is written', async () => {
    system = await openSystem({ sync, entities: [Plan, Limit], orm: { implicitTransactions: false } });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await expect(em.flush()).rejects.toMatchObject({ code: 'NOT_ATOMIC' });
    expect(await system.sql('select id from plan')).toEqual([]);
    const other = system.em();
    other.create(Limit, { tenantId: 'acme', amount: 1 });
    await other.flush();
    expect(await system.sql('select id from limits')).toHaveLength(1);
    await system.em().transactional(async each => void each.create(Plan, { tenantId: 'acme', slug: 'a' }));
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  });
});

describe("the application's own", () => {
  it('subscribers, extensions and discovery hooks still run', async () => {
    const seen: string[] = [];
    const subscriber: EventSubscriber = {
      afterCreate: () => void seen.push('afterCreate'),
      afterTransactionCommit: () => void seen.push('afterTransactionCommit'),
    };
    system = await openSystem({
      sync,
      orm: {
        subscribers: [subscriber],
        discovery: {
          onMetadata: () => void seen.push('onMetadata'),
          afterDiscovered: () => void seen.push('afterDiscovered'),
        },
      },
    });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    for (const hook of ['onMetadata', 'afterDiscovered', 'afterCreate', 'afterTransactionCommit'])
      expect(seen).toContain(hook);
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  });

  it('ORM made by its constructor works like one made by `init`', async () => {
    await using names = freshPrefix();
    const own = new Redis(names.redisUrl);
    const ORM = { mariadb: MariaDbORM, mysql: MySqlORM, postgresql: PostgreSqlORM }[database.kind];
    const orm = new (ORM as unknown as typeof MariaDbORM)({
      clientUrl: database.url,
      entities: [Plan] as never,
      extensions: [tenantry({ redis: own, prefix: names.prefix, sync, publishTimeoutMs: 60_000 })],
    } as never);
    await orm.schema.create();
    const em = orm.em.fork();
    em.create(Plan, { tenantId: 'acme', slug: 'sync' });
    await em.flush();
    const { keyPrefix } = replication(orm).replica.names.of('acme');
    expect(await own.exists(`${keyPrefix}plans:slug:sync`)).toBe(1);
    await replication(orm).settled();
    await orm.schema.drop();
    await orm.close();
    own.disconnect();
  });

  it('two ORMs in one process do not see each other', async () => {
    system = await openSystem({ sync });
    await using other = await openSystem({ sync: [[Limit, limits]] });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    expect(await other.redisKeys()).toEqual({});
    expect(other.reports).toEqual([]);
    expect(replication(other.orm)).not.toBe(replication(system.orm));
  });

  it('ORM goes on capturing when another one is started with the same entities', async () => {
    system = await openSystem({ sync });
    await using other = await openSystem({ sync });
    const em = system.em();
    const plan = em.create(Plan, { tenantId: 'acme', slug: 'a' });
    const gone = em.create(Plan, { tenantId: 'acme', slug: 'gone' });
    await em.flush();
    plan.slug = 'b';
    em.remove(gone);
    await em.flush();
    expect(await system.value('acme', 'plans:slug:b')).toMatchObject({ slug: 'b' });
    expect(await system.value('acme', 'plans:slug:gone')).toBeUndefined();
    expect(await other.redisKeys()).toEqual({});
  });
});
