import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { dialectOf } from '../database/dialect.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { replication } from '../replication.ts';
import { openOrm, openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

/** Nothing is published after the commit: everything is the relay's. */
async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({
    sync: [[Plan, plans]],
    ...options,
    tenantry: { publish: 'relay', ...options.tenantry },
  });
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

/** In transactions of the given size. */
async function create(count: number, size = count, tenants = 1, slug = 's'): Promise<void> {
  for (let i = 0; i < count; i += size) {
    const em = system.em();
    for (let n = i; n < i + size; n++) em.create(Plan, { tenantId: `t${n % tenants}`, slug: `${slug}${n}` });
    await em.flush();
  }
}

describe('a relay', () => {
  // R10, J18
  it('publishes what nobody published, and empties the outbox', async () => {
    await open();
    await create(10);
    expect(await system.redisKeys()).toEqual({});
    expect(await system.replication.backlog()).toEqual({ waiting: 10, dead: 0 });
    expect(await system.replication.relay()).toEqual({ published: 10, more: false });
    await expectConverged();
    expect(await system.outbox()).toEqual([]);
    expect(await system.replication.relay()).toEqual({ published: 0, more: false });
  });

  it('leaves rows alone that are younger than its grace', async () => {
    await open({ tenantry: { relayGraceMs: 400 } });
    await create(1);
    const committedAt = performance.now();
    expect(await system.replication.relay()).toEqual({ published: 0, more: false });
    await eventually(async () => (await system.replication.relay()).published === 1);
    expect(performance.now() - committedAt).toBeGreaterThanOrEqual(400);
    await expectConverged();
  });

  it('gets to the end of a backlog of 6,000 rows, in batches', async () => {
    await open();
    await create(6_000, 1_000, 20);
    let published = 0;
    let runs = 0;
    for (let more = true; more; runs++) {
      const result = await system.replication.relay();
      published += result.published;
      more = result.more;
    }
    expect(published).toBe(6_000);
    expect(runs).toBeLessThan(10);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
    expect(Object.keys(await system.redisKeys())).toHaveLength(12_000);
  });

  it('beside others tells readers of each row once', async () => {
    await open({ tenantry: { relayBatchSize: 50 } });
    await create(1_000, 10, 3);
    const others = await Promise.all(
      [1, 2, 3].map(() =>
        openOrm(system.database, {
          entities: [Plan] as never,
          extensions: [
            tenantry({
              redis: system.redis,
              prefix: system.prefix,
              sync: [[Plan, plans]],
              relayGraceMs: 0,
              relayBatchSize: 50,
            }),
          ],
        }),
      ),
    );
    const results = await Promise.all(others.map(orm => replication(orm).relay()));
    const published = results.reduce((sum, result) => sum + result.published, 0);
    expect(published).toBe(1_000);
    expect(await system.outbox()).toEqual([]);
    for (const orm of others) await orm.close();
    await expectConverged();
    const owners = [];
    for (const tenant of ['t0', 't1', 't2'])
      for (const { changes } of await system.feed(tenant)) owners.push(...changes.map(change => change.owner));
    expect(owners).toHaveLength(1_000);
    expect(new Set(owners)).toHaveLength(1_000);
  });

  // On a Cluster: one node is away, or a slot is on its way.
  it('is not held up by tenants whose part of Redis does not take their changes', async () => {
    await open({ tenantry: { publish: 'relay', relayBatchSize: 5 } });
    for (let i = 0; i < 8; i++) {
      const em = system.em();
      em.create(Plan, { tenantId: i < 6 ? 'away' : 'here', slug: `p${i}` });
      if (i === 0) em.create(Plan, { tenantId: 'here', slug: 'with it' });
      await em.flush();
    }
    const replica = system.replication.replica as { apply: TestSystem['replication']['replica']['apply'] };
    const { apply } = replica;
    replica.apply = (tenant, changes) =>
      tenant === 'away' ? Promise.reject(new Error('TRYAGAIN')) : apply(tenant, changes);
    await expect(system.replication.relay()).rejects.toThrow();
    await system.replication.relay().catch(() => undefined);
    const waiting = await system.outbox();
    expect(new Set(waiting.map(row => row.tenant))).toEqual(new Set(['away']));
    expect(waiting.map(row => row.attempts)).toEqual(waiting.map(() => 0));
    replica.apply = apply;
    await system.drain();
    await expectConverged();
  });

  it('gives back what it claimed ahead, where Redis takes nothing', async () => {
    await open({ tenantry: { publish: 'relay', relayBatchSize: 2 } });
    await create(8, 1);
    const replica = system.replication.replica as { apply: TestSystem['replication']['replica']['apply'] };
    const { apply } = replica;
    let taken = 0;
    replica.apply = (tenant, changes) =>
      taken++ === 0 ? apply(tenant, changes) : Promise.reject(new Error('TRYAGAIN'));
    await expect(system.replication.relay()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await system.outbox()).map(row => Number(row.availableAt) > 0)).toEqual(
      [true, true].concat(Array.from({ length: 4 }, () => false)),
    );
    replica.apply = apply;
    await system.drain();
    await expectConverged();
  });

  it('counts one attempt for a row that it had claimed ahead and tried with a transaction before', async () => {
    await open({ tenantry: { publish: 'relay', relayBatchSize: 1 } });
    await create(1);
    await system.replication.relay();
    await create(1, 1, 1, 'first to get through');
    const em = system.em();
    const plan = await em.findOneOrFail(Plan, 1);
    for (const name of ['one', 'two', 'three']) {
      plan.name = name;
      em.create(Plan, { tenantId: null, slug: name });
      await em.flush();
    }
    await system.replication.relay();
    expect((await system.outbox()).map(row => row.attempts)).toEqual([1, 1, 1]);
    expect(system.reportsOf('failed').map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  });

  it('takes over the rows of one that died, once its lease is over', async () => {
    await open();
    await create(3);
    const { now } = dialectOf(system.orm as never);
    await system.sql(`update tenantry_outbox set available_at = ${now} + 600000`);
    expect(await system.replication.relay()).toMatchObject({ published: 0 });
    await system.sql(`update tenantry_outbox set available_at = ${now}`);
    expect(await system.replication.relay()).toMatchObject({ published: 3 });
    await expectConverged();
  });

  it('leaves rows of a definition it does not know to those who do, and does not stumble over them', async () => {
    await open({ tenantry: { relayBatchSize: 2 } });
    await create(1);
    await system.sql(
      `insert into tenantry_outbox (transaction_id, source, record_id, op, attempts, available_at, created_at)
       values ('x', 'elsewhere', '1', 'update', 0, 0, 0), ('x', 'elsewhere', '2', 'update', 0, 0, 0)`,
    );
    const em = system.em();
    em.create(Plan, { tenantId: 't0', slug: 'last' });
    await em.flush();
    expect(await system.replication.relay()).toEqual({ published: 2, more: false });
    await expectConverged();
    expect(await system.outbox()).toMatchObject([
      { definition: 'elsewhere', availableAt: 0n },
      { definition: 'elsewhere', availableAt: 0n },
    ]);
  });

  it('publishes many changes of one row as one', async () => {
    await open();
    await create(1);
    const em = system.em();
    const plan = await em.findOneOrFail(Plan, 1);
    for (let i = 0; i < 20; i++) {
      plan.name = `name ${i}`;
      await em.flush();
    }
    expect(await system.replication.relay()).toEqual({ published: 21, more: false });
    expect((await system.feed('t0')).map(({ changes }) => changes.length)).toEqual([1]);
    await expectConverged();
  });

  // J16
  it('beside writers that publish at once ends at the database', async () => {
    await open({ tenantry: { publish: 'await' } });
    await create(5);
    let writing = true;
    const relaying = (async () => {
      while (writing) await system.replication.relay();
    })();
    await Promise.all(
      [1, 2, 3].map(async id => {
        const em = system.em();
        const plan = await em.findOneOrFail(Plan, id);
        for (let i = 0; i < 50; i++) {
          plan.name = `${i}`;
          plan.slug = `${id} ${i}`;
          await em.flush();
        }
      }),
    );
    writing = false;
    await relaying;
    await system.drain();
    await expectConverged();
  });
});
