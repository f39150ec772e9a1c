import { createClient } from '@tenantry/sdk';
import { eventually, freshPrefix, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { theme } from '../../../packages/mikro-orm/src/configs.fixture.ts';
import { Plan, plans } from '../../../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem, type TestSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

let server: RedisServer; // our own: it loses its data
let system: TestSystem;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  const { prefix } = freshPrefix(server.url);
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [theme] }, redisServer: server.url, prefix });
  const em = system.em();
  for (const tenantId of ['acme', 'globex', 'zeta'])
    for (const i of [1, 2]) em.create(Plan, { tenantId, slug: `${tenantId}-${i}`, name: 'before' });
  await em.flush();
  await system.replication.settled();
  expect(await system.replication.fillIfEmpty()).toBe(true);
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await system[Symbol.asyncDispose]();
});

/** A process that reads one tenant. */
async function readerOf(tenant: string) {
  const redis = new Redis(server.url);
  const client = await createClient({ redis, prefix: system.prefix, heartbeatMs: 50, sweepMs: 0 });
  open.push({ close: () => client.close().then(() => redis.disconnect()) });
  let shown: string | undefined;
  let isStale: boolean | undefined;
  client
    .tenant(tenant)
    .watchEntry(plans.by('slug', { slug: `${tenant}-2` }))
    .subscribe(entry => {
      shown = entry.value?.name;
      isStale = entry.stale;
    });
  const reader = { tenant, shown: () => shown, isStale: () => isStale };
  await eventually(() => expect([shown, isStale]).toEqual(['before', false]));
  return reader;
}

/** Nothing of this tenant is published until it is told to go on. */
function holdTenant(held: string): { readonly reached: Promise<void>; release(): void } {
  const replica = system.replication.replica as { apply: TestSystem['replication']['replica']['apply'] };
  const { apply } = replica;
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  replica.apply = async (tenant, changes) => {
    if (tenant === held) {
      reached.resolve();
      await released.promise;
    }
    return apply(tenant, changes);
  };
  return { reached: reached.promise, release: released.resolve };
}

/** Redis loses everything, and readers know it. */
async function loseAll(readers: readonly { isStale(): boolean | undefined }[]): Promise<void> {
  await system.redis.flushall();
  await system.sql("update plan set name = 'after'");
  await eventually(() => readers.every(reader => reader.isStale()));
}

// R11, G7
describe('a Redis that lost everything is filled tenant by tenant', () => {
  it('and who is watched most is fresh while the others are not there yet', async () => {
    const zeta = await readerOf('zeta');
    const acme = await readerOf('acme');
    const again = await readerOf('zeta');
    await loseAll([zeta, acme, again]);
    const held = holdTenant('acme');
    const filling = system.replication.fillIfEmpty();
    await held.reached;

    await eventually(() => expect([zeta.shown(), zeta.isStale()]).toEqual(['after', false]));
    await eventually(() => expect(again.isStale()).toBe(false));
    expect(acme.isStale()).toBe(true);
    expect(acme.shown()).toBe('before');
    // Nobody watches it: it is not there either, and nothing says that this Redis has everything.
    expect(await system.value('globex', plans.by('slug', { slug: 'globex-1' }).address)).toBeUndefined();
    expect(await system.replication.replica.isFilled()).toBe(false);

    held.release();
    expect(await filling).toBe(true);
    await eventually(() => expect([acme.shown(), acme.isStale()]).toEqual(['after', false]));
    expect(await system.value('globex', plans.by('slug', { slug: 'globex-1' }).address)).toMatchObject({
      name: 'after',
    });
  });

  it('and readers whose tenant was complete wait again where Redis loses everything once more', async () => {
    const zeta = await readerOf('zeta');
    const acme = await readerOf('acme');
    await readerOf('zeta');
    await loseAll([zeta, acme]);
    const held = holdTenant('acme');
    const filling = system.replication.fillIfEmpty();
    await held.reached;
    await eventually(() => expect(zeta.isStale()).toBe(false));
    await loseAll([zeta, acme]);
    held.release();
    expect(await filling).toBe(false);
    expect([zeta.isStale(), acme.isStale()]).toEqual([true, true]);
    expect(zeta.shown()).toBe('after');

    expect(await system.replication.fillIfEmpty()).toBe(true);
    for (const reader of [zeta, acme])
      await eventually(() => expect([reader.shown(), reader.isStale()]).toEqual(['after', false]));
  });

  it('and one that was taken over by somebody else tells nobody that a tenant is complete', async () => {
    const zeta = await readerOf('zeta');
    await loseAll([zeta]);
    const held = holdTenant('zeta');
    const filling = system.replication.fillIfEmpty();
    await held.reached;
    // The lease of the first runs out while it waits, and another begins.
    const { replica } = system.replication;
    await system.redis.del(replica.names.fillState);
    const other = (await replica.beginFill()) as string;
    held.release();
    expect(await filling).toBe(false);
    await eventually(() => system.value('zeta', plans.by('slug', { slug: 'zeta-2' }).address));
    expect(await system.redis.hget(replica.names.of('zeta').epoch, 'filled')).toBe('0');
    expect(zeta.isStale()).toBe(true);
    expect(await replica.completeFill(other, 1)).toBe(true);
    await eventually(() => expect(zeta.isStale()).toBe(false));
  });

  it('or in no order where Redis does not tell who listens', async () => {
    const zeta = await readerOf('zeta');
    const acme = await readerOf('acme');
    await loseAll([zeta, acme]);
    await system.redis.acl('SETUSER', 'default', '-pubsub');
    try {
      expect(await system.replication.fillIfEmpty()).toBe(true);
    } finally {
      await system.redis.acl('SETUSER', 'default', '+pubsub');
    }
    expect(system.reportsOf('warning')).toEqual([]);
    for (const reader of [zeta, acme])
      await eventually(() => expect([reader.shown(), reader.isStale()]).toEqual(['after', false]));
  });
});
