import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Limit, Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import type { BackfillProgress } from './backfill.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options });
}

/** Rows that no hook saw. */
async function given(count: number): Promise<void> {
  await system.em().insertMany(
    Plan,
    Array.from({ length: count }, (_, i) => ({ tenantId: `t${i % 3}`, slug: `s${i}`, name: 'old' })),
  );
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('a backfill', () => {
  it('publishes a whole table, batch by batch, and says how far it is', async () => {
    await open();
    await given(25);
    const seen: BackfillProgress[] = [];
    const end = await system.replication.backfill(Plan, { batchSize: 10, onProgress: progress => seen.push(progress) });
    expect(end).toEqual({ definition: 'plans', rows: 25, applied: 25, failed: 0, after: '25' });
    expect(seen.map(({ rows, applied, after }) => ({ rows, applied, after }))).toEqual([
      { rows: 10, applied: 10, after: '10' },
      { rows: 20, applied: 20, after: '20' },
      { rows: 25, applied: 25, after: '25' },
    ]);
    await expectConverged();
    expect(await system.outbox()).toEqual([]);
  });

  it('can be stopped, and resumed after the last row it had published', async () => {
    await open();
    await given(25);
    const stop = new AbortController();
    const first = await system.replication.backfill(Plan, {
      batchSize: 10,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(first.rows).toBeLessThan(25);
    expect(Object.keys(await system.redisKeys())).toHaveLength(2 * first.applied);
    expect(first.applied).toBe(first.rows);
    const rest = await system.replication.backfill(Plan, { after: first.after, batchSize: 10 });
    expect(rest.rows).toBe(25 - first.rows);
    await expectConverged();
  });

  it('of an empty table ends at once', async () => {
    await open();
    expect(await system.replication.backfill(Plan)).toMatchObject({ rows: 0, applied: 0, failed: 0, after: undefined });
  });

  // Over a slow line the whole of it takes longer than may pass without an answer, each time.
  it('sends a batch of large rows piece by piece', async () => {
    await open();
    const notes = 'x'.repeat(60_000);
    await system.em().insertMany(
      Plan,
      Array.from({ length: 60 }, (_, i) => ({ tenantId: `t${i % 3}`, slug: `s${i}`, notes })),
    );
    const replica = system.replication.replica as { apply: TestSystem['replication']['replica']['apply'] };
    const { apply } = replica;
    let [sent, most] = [0, 0];
    replica.apply = async (tenant, changes) => {
      sent += changes.length;
      most = Math.max(most, sent);
      const flags = await apply(tenant, changes);
      sent -= changes.length;
      return flags;
    };
    expect(await system.replication.backfill(Plan)).toMatchObject({ rows: 60, applied: 60 });
    expect(most * notes.length).toBeLessThan(1_200_000);
    await expectConverged();
  });

  it('counts and reports rows that cannot be replicated, and goes on', async () => {
    await open();
    await given(5);
    await system.sql('update plan set tenant_id = null where id = 2');
    expect(await system.replication.backfill(Plan)).toMatchObject({ rows: 5, applied: 4, failed: 1 });
    expect(system.reportsOf('failed')).toMatchObject([{ recordId: '2', error: { code: 'TENANT_MISSING' } }]);
  });

  it.each([{ without: new Set(['t1']) }, { batchSize: 0 }, { after: 5 }, { where: 'id > 5' }, { onProgress: 'told' }])(
    'checks its options at the door: %o',
    async options => {
      await open();
      await given(1);
      await expect(system.replication.backfill(Plan, options as never)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect(await system.redisKeys()).toEqual({});
    },
  );

  it('of what is not replicated is refused by name', async () => {
    await open({ entities: [Plan, Limit] });
    await expect(system.replication.backfill(Limit)).rejects.toMatchObject({ code: 'NOT_REGISTERED' });
  });

  it('waits for a writer that has a row, and is newer than it', async () => {
    await open();
    await given(3);
    const writer = system.em();
    await writer.begin();
    (await writer.findOneOrFail(Plan, 2)).slug = 'new';
    await writer.flush();
    const backfill = system.replication.backfill(Plan);
    let isDone = false;
    backfill.then(() => {
      isDone = true;
    });
    await eventually(async () => (await system.lockWaits()).length > 0, {
      intervalMs: 150,
      message: 'the backfill to wait',
    });
    expect(isDone).toBe(false);
    await writer.commit();
    await backfill;
    await expectConverged();
    const keys = await system.redisKeys();
    expect(keys['t1/plans:slug:new']?.version).toBe(keys['t1/plans:id:2']?.version);
    expect(Object.keys(keys)).toHaveLength(6);
  });

  it('is older than a writer that comes while it publishes', async () => {
    await open();
    await given(3);
    const held = holdNextApply(system);
    const backfill = system.replication.backfill(Plan);
    await held.reached;
    const em = system.em();
    const [one, two, three] = (await em.find(Plan, {}, { orderBy: { id: 1 } })) as [Plan, Plan, Plan];
    one.slug = 'new';
    two.tenantId = 'moved';
    em.remove(three);
    await em.flush();
    held.release();
    await backfill;
    await expectConverged();
  });

  // G4
  it('does not show a part of a transaction that is not yet published', async () => {
    await open();
    const em = system.em();
    const [a, c] = ['a', 'c'].map(slug => em.create(Plan, { tenantId: 'acme', slug, name: 'old' })) as [Plan, Plan];
    await em.flush();
    const held = holdNextApply(system);
    [a.name, c.name] = ['new', 'new'];
    const flush = em.flush();
    await held.reached;
    await system.replication.republish(Plan, { id: a.id });
    expect(await system.value('acme', 'plans:slug:a')).toMatchObject({ name: 'new' });
    expect(await system.value('acme', 'plans:slug:c')).toMatchObject({ name: 'new' });
    held.release();
    await flush;
    await expectConverged();
  });

  it('beside writers loses none of their changes', async () => {
    await open();
    await given(400);
    let filling = true;
    const write = async (seed: number) => {
      const em = system.em();
      for (let i = seed; filling || i < 40; i += 7) {
        const plan = await em.findOne(Plan, (i % 400) + 1);
        if (!plan) continue;
        if (i % 11 === 0) em.remove(plan);
        else if (i % 5 === 0) plan.tenantId = `t${i % 4}`;
        else plan.slug = `${seed} ${i}`;
        await em.flush();
      }
    };
    const writers = [1, 2, 3].map(write);
    for (let i = 0; i < 3; i++) await system.replication.backfill(Plan, { batchSize: 20 });
    filling = false;
    await Promise.all(writers);
    await system.drain();
    await expectConverged();
  });
});

describe('what no hook saw', () => {
  // R8
  it('is published by the condition that finds it', async () => {
    await open();
    await given(10);
    await system.replication.backfill(Plan);
    await system.em().nativeUpdate(Plan, { id: { $in: [3, 4] } }, { name: 'new' });
    expect(await system.value('t2', 'plans:id:3')).toMatchObject({ name: 'old' });
    expect(await system.replication.republish(Plan, { name: 'new' })).toMatchObject({ rows: 2, applied: 2 });
    await expectConverged();
  });
});
