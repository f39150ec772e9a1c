import type { EventSubscriber } from '@mikro-orm/core';
import { BUSY_MS, eventually, freshDatabase, freshPrefix, startFaultProxy, testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import {
  openOrm,
  openSystem,
  ownersIn,
  type SystemOptions,
  type TestSystem,
  withoutVersions,
} from '../system.fixture.ts';
import type { TenantryOptions } from '../tenantry-options.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options });
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('with a Redis in trouble', () => {
  let committedAt = 0;
  const onCommit: EventSubscriber = {
    afterTransactionCommit() {
      committedAt = performance.now();
    },
  };
  const openBehindProxy = async (publishing: Pick<TenantryOptions, 'publish' | 'publishTimeoutMs'>) => {
    const { hostname, port } = new URL(testServers().redisUrl);
    const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    await open({
      redisUrl: `redis://127.0.0.1:${proxy.port}`,
      tenantry: publishing,
      orm: { subscribers: [onCommit] },
    });
    const warm = system.em();
    warm.create(Plan, { tenantId: 'acme', slug: 'warm' });
    await warm.flush();
    await system.replication.settled(); // its commit is none of a flush
    // On a busy machine the first publish may take longer than a short budget. The test begins when all is well.
    await system.drain();
    system.reports.length = 0;
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
      await using proxy = await openBehindProxy({ publishTimeoutMs: 200 });
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
      await system.drain();
      await expectConverged();
    },
  );

  it('a relay gives its rows back at once and counts no attempt', async () => {
    await using proxy = await openBehindProxy({ publish: 'relay' });
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
    await open({ orm: { pool: { min: 0, max: 1 } } });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'a' });
    await em.flush();
    await em.transactional(async each => void each.create(Plan, { tenantId: 'acme', slug: 'b' }));
    expect(system.reportsOf('deferred')).toEqual([]);
    await system.replication.settled();
    await expectConverged();
  });
});
