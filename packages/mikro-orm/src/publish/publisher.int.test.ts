import { defineSync, type Tenant } from '@tenantry/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { HOSTILE_IDS } from '../../../protocol/src/hostile-ids.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { replication } from '../replication.ts';
import {
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
    await open({ tenantry: { publish: 'relay' } });
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
