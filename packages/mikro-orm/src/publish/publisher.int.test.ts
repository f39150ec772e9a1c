import { type EventSubscriber, Type } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineSync, type Tenant } from '@tenantry/protocol';
import { BUSY_MS, eventually, freshDatabase, freshPrefix, startFaultProxy, testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { HOSTILE_IDS } from '../../../protocol/src/hostile-ids.fixture.ts';
import { Limit, limits, Plan, plans } from '../plans.fixture.ts';
import { replication } from '../replication.ts';
import {
  holdNextApply,
  openOrm,
  openSystem,
  ownersIn,
  type SystemOptions,
  type TestSystem,
  withoutVersions,
} from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options });
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('order', () => {
  // R9
  it('of two transactions on one row is that of their locks, although the first is published last', async () => {
    await open();
    const setup = system.em();
    setup.create(Plan, { tenantId: 'acme', slug: 'a', name: 'zero' });
    await setup.flush();
    const held = holdNextApply(system);
    const write = async (name: string) => {
      const em = system.em();
      (await em.findOneOrFail(Plan, 1)).name = name;
      await em.flush();
    };
    const first = write('first'); // read and encoded as it was then
    await held.reached;
    await write('second');
    held.release();
    await first;
    expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'second' });
    await expectConverged();
  });

  // R9
  it('of a slow transaction that commits a lower outbox id later loses nothing: the relay has no cursor', async () => {
    await open({ tenantry: { publishTimeoutMs: 0 } });
    const slow = system.em();
    await slow.begin();
    slow.create(Plan, { tenantId: 'acme', slug: 'slow' });
    await slow.flush();
    const fast = system.em();
    fast.create(Plan, { tenantId: 'acme', slug: 'fast' });
    await fast.flush();
    expect(await system.replication.relay()).toMatchObject({ published: 1 });
    expect(Object.keys(await ownersIn(system))).toContain('acme/plans:slug:fast');
    await slow.commit();
    expect(await system.replication.relay()).toMatchObject({ published: 1 });
    await expectConverged();
  });
});

describe('whole transactions', () => {
  // G4
  it('stay whole although the publisher of another one reads a row of theirs', async () => {
    await open({
      sync: [
        [Plan, plans],
        [Limit, limits],
      ],
      tenantry: { publishTimeoutMs: 0 },
    });
    const setup = system.em();
    setup.create(Plan, { tenantId: 'acme', slug: 'a', name: '0' });
    setup.create(Plan, { tenantId: 'acme', slug: 'c', name: '0' });
    setup.create(Limit, { tenantId: 'acme', amount: 0 });
    await setup.flush();
    await system.drain();

    const names = async () => {
      const [a, c, limit] = await Promise.all(
        ['plans:slug:a', 'plans:slug:c', 'limits:id:1'].map(address => system.value('acme', address)),
      );
      return [a, c, limit].map(value => Object.values(value as object).join());
    };
    const before = await names();
    const one = system.em();
    (await one.findOneOrFail(Plan, { slug: 'a' })).name = '1';
    await one.flush();
    const [row] = await system.outbox();
    await system.em().transactional(async em => {
      for (const plan of await em.find(Plan, {})) plan.name = '2';
      (await em.findOneOrFail(Limit, 1)).amount = 2;
    });
    // The relay gets to see the first transaction alone.
    await system.sql(`update tenantry_outbox set available_at = ${2 ** 50} where id > ?`, [Number(row?.id)]);
    expect(await names()).toEqual(before);
    const feed = (await system.feed('acme')).length;
    expect(await system.replication.relay()).toMatchObject({ published: 4 });
    expect(await system.value('acme', 'plans:slug:a')).toMatchObject({ name: '2' });
    expect(await system.value('acme', 'plans:slug:c')).toMatchObject({ name: '2' });
    expect(await system.value('acme', 'limits:id:1')).toMatchObject({ amount: 2 });
    expect((await system.feed('acme')).length).toBe(feed + 1);
    await expectConverged();
  });

  // G4
  it('stay whole although they commit while an earlier one is about to be read after its commit', async () => {
    let between: (() => Promise<void>) | undefined;
    const afterCommit: EventSubscriber = {
      async afterTransactionCommit() {
        const now = between;
        between = undefined;
        await now?.();
      },
    };
    // Registered before ours, so it runs between the commit and its publishing.
    await open({ orm: { subscribers: [afterCommit] } });
    const setup = system.em();
    setup.create(Plan, { tenantId: 'acme', slug: 'a', name: '0' });
    setup.create(Plan, { tenantId: 'acme', slug: 'c', name: '0' });
    await setup.flush();
    const second = system.em();
    await second.begin();
    between = async () => {
      for (const plan of await second.find(Plan, {})) plan.name = '2';
      await second.flush();
      // Committed on the connection, so that nobody publishes it: its process died here.
      await second.getConnection('write').commit(second.getTransactionContext() as never);
    };
    const first = system.em();
    (await first.findOneOrFail(Plan, { slug: 'a' })).name = '1';
    await first.flush();
    expect(await system.value('acme', 'plans:slug:a')).toMatchObject({ name: '2' });
    expect(await system.value('acme', 'plans:slug:c')).toMatchObject({ name: '2' });
    expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([2, 2]);
  });

  // G4
  it('stay whole although a later one, which shares a row with them, is published first', async () => {
    await open();
    const setup = system.em();
    setup.create(Plan, { tenantId: 'acme', slug: 'a', name: '0' });
    setup.create(Plan, { tenantId: 'acme', slug: 'c', name: '0' });
    await setup.flush();
    await system.replication.settled();
    const first = system.em();
    await first.begin();
    for (const plan of await first.find(Plan, {})) plan.name = '1';
    await first.flush();
    // Committed on the connection, so that nobody publishes it: its process died here.
    await first.getConnection('write').commit(first.getTransactionContext() as never);
    const second = system.em();
    (await second.findOneOrFail(Plan, { slug: 'a' })).name = '2';
    await second.flush();
    expect(await system.value('acme', 'plans:slug:a')).toMatchObject({ name: '2' });
    expect(await system.value('acme', 'plans:slug:c')).toMatchObject({ name: '1' });
    expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([2, 2]);
  });

  it('are one step for readers, however large', async () => {
    await open();
    const em = system.em();
    for (let i = 0; i < 5_000; i++) em.create(Plan, { tenantId: 'acme', slug: `s${i}` });
    await em.flush();
    expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([5_000]);
    await system.replication.settled();
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
  });
});

describe('with a Redis in trouble', () => {
  let committedAt = 0;
  const onCommit: EventSubscriber = {
    afterTransactionCommit() {
      committedAt = performance.now();
    },
  };
  const openBehindProxy = async (publishTimeoutMs: number) => {
    const { hostname, port } = new URL(testServers().redisUrl);
    const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    await open({
      redisUrl: `redis://127.0.0.1:${proxy.port}`,
      tenantry: { publishTimeoutMs },
      orm: { subscribers: [onCommit] },
    });
    const warm = system.em();
    warm.create(Plan, { tenantId: 'acme', slug: 'warm' });
    await warm.flush();
    await system.replication.settled(); // its commit is none of a flush
    return proxy;
  };
  /** Answers how long the flush took after its commit. */
  const createOne = async (slug: string) => {
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug });
    await em.flush();
    return performance.now() - committedAt;
  };

  // R12, G8
  it.each(['refuse', 'silent', 'stall'] as const)(
    'that does `%s`, a flush ends within its budget and nothing is lost',
    async mode => {
      await using proxy = await openBehindProxy(200);
      proxy.set(mode);
      const faultAt = performance.now();
      if (mode === 'refuse') await eventually(() => system.redis.status !== 'ready');
      const first = await createOne('first');
      expect(first).toBeLessThan(200 + BUSY_MS);
      if (mode !== 'refuse') expect(first).toBeGreaterThan(150);
      // While one publish is stuck the next do not even wait.
      expect(await createOne('second')).toBeLessThan(200 + BUSY_MS);
      const reasons = system.reportsOf('deferred').map(({ error }) => error.code);
      expect(reasons).toEqual([mode === 'refuse' ? 'UNAVAILABLE' : 'TIMEOUT', 'UNAVAILABLE']);
      if (mode === 'stall') await eventually(() => performance.now() - faultAt > 2_000);
      proxy.set('pass');
      if (mode === 'silent') proxy.cut(); // what was swallowed never gets an answer
      await eventually(() => system.redis.status === 'ready');
      await eventually(() => system.drain());
      await expectConverged();
      await createOne('third');
      await expectConverged();
      expect(system.reportsOf('deferred')).toHaveLength(2);
    },
  );

  it('a relay gives its rows back at once and counts no attempt', async () => {
    await using proxy = await openBehindProxy(0);
    proxy.set('refuse');
    await eventually(() => system.redis.status !== 'ready');
    await createOne('first');
    for (let i = 0; i < 10; i++)
      await expect(system.replication.relay()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    for (const row of await system.outbox()) expect(row).toMatchObject({ attempts: 0, availableAt: 0n });
    expect(await system.replication.backlog()).toMatchObject({ dead: 0 });
    proxy.set('pass');
    await eventually(() => system.redis.status === 'ready');
    await system.drain();
    await expectConverged();
  });

  it('of one tenant only, the others go on and its rows are kept', async () => {
    await open({ tenantry: { maxAttempts: 1 } });
    await system.redis.set(system.replication.replica.names.of('spoiled').records, 'something else');
    const em = system.em();
    em.create(Plan, { tenantId: 'spoiled', slug: 'a' });
    em.create(Plan, { tenantId: 'acme', slug: 'b' });
    await em.flush();
    expect(Object.keys(await ownersIn(system))).toEqual(['acme/plans:id:2', 'acme/plans:slug:b']);
    expect(await system.replication.deadRows()).toMatchObject([{ tenant: 'spoiled' }]);
    await system.redis.del(system.replication.replica.names.of('spoiled').records);
    expect(await system.replication.retryDeadRows()).toBe(1);
    await system.drain();
    await expectConverged();
  });
});

describe('reads', () => {
  // R14
  it('are from the primary, although reads of the application are split to a replica that lags', async () => {
    await using database = await freshDatabase();
    await using lagging = await freshDatabase();
    await using names = freshPrefix();
    const plain = await openOrm(lagging, { entities: [Plan] as never });
    await plain.schema.create();
    await plain.close();
    system = await openSystem({
      sync: [[Plan, plans]],
      database,
      prefix: names.prefix,
      orm: { replicas: [{ name: 'lagging', dbName: lagging.name }], preferReadReplicas: true },
    });
    await system.orm.schema.create();
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a', name: 'new' });
    await em.flush();
    expect(await system.em().find(Plan, {})).toEqual([]);
    expect(await system.value('acme', 'plans:slug:a')).toMatchObject({ name: 'new' });
    await system.redis.del(...(await system.redis.keys(`${system.prefix}*`)));
    expect(await system.replication.backfill(Plan)).toMatchObject({ rows: 1, applied: 1 });
    expect(await system.value('acme', 'plans:slug:a')).toMatchObject({ name: 'new' });
    // By the relay, too.
    const offline = system.em();
    await offline.transactional(async each => {
      (await each.findOneOrFail(Plan, 1, { connectionType: 'write' })).name = 'newer';
    });
    await system.drain();
    expect(await system.value('acme', 'plans:slug:a')).toMatchObject({ name: 'newer' });
  });

  it('need no more than the one connection of a pool', async () => {
    await open({ orm: { pool: { min: 0, max: 1 } }, tenantry: { publishTimeoutMs: 2_000 } });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    await em.transactional(async each => void each.create(Plan, { tenantId: 'acme', slug: 'b' }));
    expect(system.reportsOf('deferred')).toEqual([]);
    await system.replication.settled();
    await expectConverged();
  });
});

describe('rows that cannot be published', () => {
  class Picky extends Type<unknown, string> {
    override convertToDatabaseValue(value: unknown): string {
      return typeof value === 'function' ? 'function' : String(value);
    }
    override convertToJSValue(value: string): unknown {
      if (value === 'unreadable') throw new Error(`cannot read ${value}`);
      return value === 'function' ? () => 'top-secret' : value;
    }
    override get runtimeType(): string {
      return 'any';
    }
    override getColumnType(): string {
      return 'varchar(255)';
    }
  }
  @Entity({ tableName: 'odd' })
  class Odd {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string', nullable: true }) tenantId?: string | null;
    @Property({ type: Picky, nullable: true }) value?: unknown;
    @Property({ type: 'text', nullable: true }) long?: string | null;
  }
  const odd = defineSync<Odd>()({ name: 'odd', tenant: 'tenantId', keys: { id: ['id'] }, maxBytes: 1_000 });
  const openOdd = (options: Partial<SystemOptions> = {}) =>
    open({ sync: [[Odd, odd]], tenantry: { maxAttempts: 2 }, ...options });

  // R15
  it.each([
    { what: 'a value that cannot be encoded', bad: { value: () => 'top-secret' }, code: 'PAYLOAD_UNENCODABLE' },
    { what: 'a row that is too large', bad: { long: 'top-secret'.repeat(200) }, code: 'PAYLOAD_TOO_LARGE' },
    { what: 'no tenant', bad: { tenantId: null, long: 'top-secret' }, code: 'TENANT_MISSING' },
    { what: 'a tenant that is no id', bad: { tenantId: ' not an id\n', long: 'top-secret' }, code: 'INVALID_TENANT' },
    { what: 'a value that cannot be read', bad: { value: 'unreadable', long: 'top-secret' }, code: 'UNAVAILABLE' },
  ])('$what: the transaction is not hurt, the row is dead with its error, the others go on', async ({ bad, code }) => {
    await openOdd();
    const em = system.em();
    em.create(Odd, { tenantId: 'acme', value: 'one' });
    em.create(Odd, { tenantId: 'acme', value: 'two', ...bad });
    em.create(Odd, { tenantId: 'acme', value: 'three' });
    await em.flush();
    expect(await system.sql('select id from odd')).toHaveLength(3);
    expect(Object.keys(await ownersIn(system))).toEqual(['acme/odd:id:1', 'acme/odd:id:3']);
    expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([2]);
    await system.drain();
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 1 });
    const [dead] = await system.replication.deadRows();
    expect(dead).toMatchObject({ definition: 'odd', recordId: '2', attempts: 2, error: expect.stringContaining(code) });
    expect(dead?.error).not.toContain('top-secret');
    expect(JSON.stringify(system.reports)).not.toContain('top-secret');
    expect(system.reportsOf('failed').map(report => [report.attempts, report.dead])).toEqual([
      [1, false],
      [2, true],
    ]);

    // Mended by hand, where no hook sees it.
    const long = system.orm.em.getPlatform().quoteIdentifier('long');
    await system.sql(`update odd set tenant_id = 'acme', value = 'mended', ${long} = null where id = 2`);
    expect(await system.replication.retryDeadRows([dead?.id as number])).toBe(1);
    await system.drain();
    expect(await system.value('acme', 'odd:id:2')).toMatchObject({ value: 'mended' });
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
  });

  it('are given up on once, although two found them bad at the same time', async () => {
    await openOdd({ tenantry: { publishTimeoutMs: 0, maxAttempts: 1 } });
    const em = system.em();
    em.create(Odd, { tenantId: 'acme', value: 'one' });
    em.create(Odd, { tenantId: 'acme', value: 'two', long: 'x'.repeat(2_000) });
    await em.flush();
    const held = holdNextApply(system);
    const relaying = system.replication.relay();
    await held.reached;
    await system.replication.backfill(Odd);
    expect(await system.replication.deadRows()).toMatchObject([{ recordId: '2', attempts: 1 }]);
    held.release();
    await relaying;
    expect(await system.replication.deadRows()).toMatchObject([{ recordId: '2', attempts: 1 }]);
    // The backfill tells of it once more, as of each row that it cannot bring.
    const told = system.reportsOf('failed').map(report => [report.attempts, report.dead]);
    expect(told.filter(([, dead]) => dead)).toEqual([[1, true]]);
  });

  it('can be discarded: Redis keeps what it had', async () => {
    await openOdd();
    const em = system.em();
    const row = em.create(Odd, { tenantId: 'acme', value: 'fine' });
    await em.flush();
    row.long = 'x'.repeat(2_000);
    await em.flush();
    await system.drain();
    expect(await system.replication.discardDeadRows()).toBe(1);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
    expect(await system.value('acme', 'odd:id:1')).toMatchObject({ value: 'fine', long: null });
  });

  it('are gone from the tenant they left', async () => {
    await openOdd();
    const em = system.em();
    const row = em.create(Odd, { tenantId: 'acme', value: 'fine' });
    await em.flush();
    row.tenantId = null;
    await em.flush();
    expect(await ownersIn(system)).toEqual({});
  });

  it('do not stop a later good state of the same row', async () => {
    await openOdd();
    const em = system.em();
    const row = em.create(Odd, { tenantId: 'acme', value: 'fine', long: 'x'.repeat(2_000) });
    await em.flush();
    row.long = 'short';
    await em.flush();
    expect(await system.value('acme', 'odd:id:1')).toMatchObject({ long: 'short' });
    await system.drain();
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
  });
});

describe('tenants', () => {
  // R16, G10
  it('of any id are kept apart, and none crashes anything', async () => {
    await open();
    const em = system.em();
    const ids = HOSTILE_IDS.filter(id => id.trim() === id);
    for (const [i, tenantId] of ids.entries()) em.create(Plan, { tenantId, slug: `s${i}`, name: tenantId });
    await em.flush();
    await expectConverged();
    for (const [i, tenantId] of ids.entries()) {
      expect(await system.value(tenantId as Tenant, `plans:slug:s${i}`)).toMatchObject({ name: tenantId });
      expect(await system.feed(tenantId)).toHaveLength(1);
    }
    const rows = await em.find(Plan, {});
    for (const [i, plan] of rows.entries()) plan.tenantId = ids[(i + 1) % ids.length] as string;
    await em.flush();
    await expectConverged();
    for (const plan of rows) em.remove(plan);
    await em.flush();
    expect(await system.redisKeys()).toEqual({});
  });

  it('left out of the definition, all rows belong to the one global tenant', async () => {
    const everyone = defineSync<Plan>()({ name: 'everyone', keys: { slug: ['slug'] } });
    await open({ sync: [[Plan, everyone]] });
    const em = system.em();
    const plan = em.create(Plan, { tenantId: '@global', slug: 'a' });
    em.create(Plan, { slug: 'b' });
    await em.flush();
    expect(Object.keys(await ownersIn(system))).toEqual(['@global/everyone:slug:a', '@global/everyone:slug:b']);
    em.remove(plan);
    await em.flush();
    await expectConverged();
  });
});

describe('what can go wrong around a flush', () => {
  it('a listener that throws does not reach it', async () => {
    await open({
      tenantry: {
        onReport: () => {
          throw new Error('listener');
        },
      },
    });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    await expectConverged();
  });

  it('a lock that is not got when it begins gives its connection back', async () => {
    await open({ orm: { pool: { min: 0, max: 2 } } });
    const setup = system.em();
    setup.create(Plan, { tenantId: 'acme', slug: 'a' });
    await setup.flush();
    await system.replication.settled();
    const blocker = system.em();
    await blocker.begin();
    await blocker.execute('update plan set name = ? where id = 1', ['locked']);
    for (let i = 0; i < 2; i++) {
      const em = system.em();
      if (system.database.kind === 'postgresql') await em.execute("set lock_timeout = '1s'");
      else await em.execute('set session innodb_lock_wait_timeout = 1');
      em.remove(await em.findOneOrFail(Plan, 1));
      await expect(em.flush()).rejects.toThrow(/lock (wait )?timeout/i);
    }
    await blocker.rollback();
    const em = system.em();
    em.remove(await em.findOneOrFail(Plan, 1));
    await em.flush();
    await expectConverged();
  });

  it('a second ORM of the same tables publishes what the first one left behind', async () => {
    await open({ tenantry: { publishTimeoutMs: 0 } });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    const other = await openOrm(system.database, {
      entities: [Plan] as never,
      extensions: [tenantry({ redis: system.redis, prefix: system.prefix, sync: [[Plan, plans]], relayGraceMs: 0 })],
    });
    expect(await replication(other).relay()).toEqual({ published: 1, more: false });
    await other.close();
    await expectConverged();
  });
});
