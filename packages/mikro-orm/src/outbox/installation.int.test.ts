import { TenantryError } from '@tenantry/protocol';
import { eventually, startFaultProxy, testServers } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { counter, limit } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, ownersIn, type TestSystem } from '../system.fixture.ts';
import { Installation } from './installation.ts';

const CONFLICT = { code: 'INSTALLATION_CONFLICT', retryable: false };
const opened = { sync: [[Plan, plans]] as const, tenantry: { configs: [limit, counter] } };

describe('two databases under one prefix of one Redis', () => {
  let first: TestSystem;
  let second: TestSystem;
  beforeEach(async () => {
    first = await openSystem(opened);
    await addPlan(first, 'first');
    second = await openSystem({ ...opened, prefix: first.prefix });
  });
  afterEach(async () => {
    await second?.[Symbol.asyncDispose]();
    await first?.[Symbol.asyncDispose]();
  });

  async function addPlan(system: TestSystem, slug: string): Promise<void> {
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug, name: slug });
    await em.flush();
  }

  // G1, G6
  it('the second one writes nothing there: its changes wait in its outbox, and it says why', async () => {
    const before = await ownersIn(first);
    await addPlan(second, 'second');
    expect(await ownersIn(first)).toEqual(before);
    expect(second.reportsOf('deferred').map(({ error }) => error)).toMatchObject([CONFLICT]);
    expect(second.reportsOf('warning')).toHaveLength(1);
    await expect(second.replication.relay()).rejects.toMatchObject(CONFLICT);
    expect(await second.outbox()).toHaveLength(1);
    await addPlan(first, 'third');
    expect(await first.value('acme', 'plans:slug:third')).toMatchObject({ name: 'third' });
    expect(first.reportsOf('deferred')).toEqual([]);
  });

  // G1: an audit of one would take the other's records for orphans.
  it.each(['audit', 'resync', 'checkHistory', 'fillIfEmpty', 'checkInstallation', 'backfill', 'republish'])(
    'the second one is refused: %s',
    async what => {
      const before = await ownersIn(first);
      const calls: Record<string, () => Promise<unknown>> = {
        audit: () => second.replication.audit({ repair: true }),
        resync: () => second.replication.resync(),
        checkHistory: () => second.replication.checkHistory(),
        fillIfEmpty: () => second.replication.fillIfEmpty(),
        checkInstallation: () => second.replication.checkInstallation(),
        backfill: () =>
          second
            .em()
            .insert(Plan, { tenantId: 'acme', slug: 'b', name: '' })
            .then(() => second.replication.backfill(Plan)),
        republish: () =>
          second
            .em()
            .insert(Plan, { tenantId: 'acme', slug: 'b', name: '' })
            .then(() => second.replication.republish(Plan, {})),
      };
      const failure: TenantryError | undefined = await calls[what]?.().then(
        () => undefined,
        error => error,
      );
      expect(failure).toBeInstanceOf(TenantryError);
      expect(failure).toMatchObject(CONFLICT);
      expect(failure?.message).toContain(first.prefix);
      expect(await ownersIn(first)).toEqual(before);
    },
  );

  // G9
  it('a write-back of the second one is refused, and what is kept in its database first waits to be published', async () => {
    const [mine, theirs] = [first, second].map(({ orm }) => configStore(orm as never).tenant('acme'));
    await mine?.set(counter, { n: 1 });
    await expect(theirs?.set(counter, { n: 2 })).rejects.toMatchObject(CONFLICT);
    expect(await mine?.get(counter)).toMatchObject({ value: { n: 1 } });
    expect(await theirs?.set(limit, 5)).toMatchObject({ version: 1, published: 'later' });
    expect(await first.value('acme', limit.address)).toBeUndefined();
  });

  it('takes the place of the first one when the name of that is deleted', async () => {
    await addPlan(second, 'second');
    // It has ended: by its next look, at whatever time, it would take the names again.
    await first.orm.close();
    first.redis.disconnect();
    await second.redis.del(second.replication.replica.names.installation);
    await eventually(() => second.replication.checkInstallation());
    // Its versions are lower than those that it finds.
    await second.replication.resync();
    expect(await ownersIn(second)).toEqual({ 'acme/plans:id:1': 'plans:1', 'acme/plans:slug:second': 'plans:1' });
    const { database, prefix } = first;
    await using late = await openSystem({ ...opened, database, prefix });
    await expect(late.replication.checkInstallation()).rejects.toMatchObject(CONFLICT);
  });
});

it('processes of one database share its identity, whichever comes first', async () => {
  await using first = await openSystem(opened);
  const { database, prefix } = first;
  const others = await Promise.all(Array.from({ length: 4 }, () => openSystem({ ...opened, database, prefix })));
  await Promise.all([first, ...others].map(({ replication }) => replication.checkInstallation()));
  const [row] = await first.sql<{ installation: string }>('select installation from tenantry_replica');
  expect(await first.redis.get(first.replication.replica.names.installation)).toBe(row?.installation);
  for (const each of others) await each[Symbol.asyncDispose]();
});

// G1: a Redis that lost its data may have been taken by another database since.
it('a process that only flushes looks again whose names they are, without waiting for it', async () => {
  await using system = await openSystem(opened);
  const { orm, redis, replication } = system;
  const { replica } = replication;
  const warnings: string[] = [];
  const parts = { orm: orm as never, redis, replica, warn: (message: string) => void warnings.push(message) };
  const installation = new Installation({ ...parts, lookAgainMs: 0 });
  await installation.ready();
  // Every moment is one to look again, so a flush asks; what was fine stays so until there is an answer.
  expect(installation.isOurs).toBe(false);
  await redis.set(replica.names.installation, 'of another database');
  await installation.ready();
  await eventually(() => expect(installation.ready()).rejects.toMatchObject(CONFLICT));
  expect(warnings).toHaveLength(1);
  const patient = new Installation({ ...parts, lookAgainMs: 600_000 });
  await redis.del(replica.names.installation);
  await patient.ready();
  expect(patient.isOurs).toBe(true);
});

// G8
it('a first publish that finds a silent Redis does not keep `settled()` waiting', async () => {
  const { hostname, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  await using system = await openSystem({
    ...opened,
    redisUrl: `redis://${proxy.host}:${proxy.port}`,
    tenantry: { publishTimeoutMs: 50 },
  });
  await eventually(() => system.redis.status === 'ready');
  proxy.set('silent');
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: 'gold', name: '' });
  await em.flush();
  await system.replication.settled();
  expect(system.reportsOf('deferred')).toHaveLength(1);
  proxy.set('pass');
});
