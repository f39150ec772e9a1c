import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { boundedRelay } from '../bounded-relay.fixture.ts';
import { dialectOf } from '../database/dialect.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { replication } from '../replication.ts';
import {
  holdNextApply,
  openOrm,
  openSystem,
  type SystemOptions,
  type TestSystem,
  withoutVersions,
} from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

/** Nothing is published after the commit: everything is the relay's. */
async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({
    sync: [[Plan, plans]],
    ...options,
    tenantry: { publishTimeoutMs: 0, ...options.tenantry },
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

  it('gets to the end of a backlog of 20,000 rows, in batches', async () => {
    await open();
    await create(20_000, 1_000, 20);
    let published = 0;
    let runs = 0;
    for (let more = true; more; runs++) {
      const result = await system.replication.relay();
      published += result.published;
      more = result.more;
    }
    expect(published).toBe(20_000);
    expect(runs).toBeLessThan(10);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
    expect(Object.keys(await system.redisKeys())).toHaveLength(40_000);
  }, 180_000);

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
    await open({ tenantry: { publishTimeoutMs: 0, relayBatchSize: 5 } });
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

  it('takes over the rows of one that died, once its lease is over', async () => {
    await open();
    await create(3);
    const { now } = dialectOf(system.orm as never);
    await system.sql(`update tenantry_outbox set available_at = ${now} + 300`);
    expect(await system.replication.relay()).toMatchObject({ published: 0 });
    await eventually(async () => (await system.replication.relay()).published === 3);
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
    await open({ tenantry: { publishTimeoutMs: 5_000 } });
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

/** How many changes each message to readers has. */
const messages = async (tenant = 't0') => (await system.feed(tenant)).map(({ changes }) => changes.length);

// R3, J18
describe('a transaction', () => {
  it("larger than a batch is one relay's to its end, and published once", async () => {
    await open({ tenantry: { relayBatchSize: 5 } });
    await create(12);
    await create(1, 1, 1, 'later');
    const held = holdNextApply(system);
    const relaying = system.replication.relay();
    await held.reached;
    expect(await system.replication.relay()).toEqual({ published: 1, more: false });
    held.release();
    expect(await relaying).toEqual({ published: 12, more: false });
    expect(await messages()).toEqual([1, 12]);
    expect(await system.outbox()).toEqual([]);
    await expectConverged();
  });

  it('whose first rows another relay is about to take is left to that one, and nobody waits behind it', async () => {
    await open({ tenantry: { relayBatchSize: 5 } });
    await create(20);
    await create(1, 1, 1, 'later');
    // The other relay, between its two statements.
    const other = system.em();
    await other.begin();
    await other.execute('select id from tenantry_outbox order by id limit 8 for update');
    expect(await system.replication.relay()).toEqual({ published: 1, more: false });
    expect(await messages()).toEqual([1]);
    // It dies, and nothing is lost.
    await other.rollback();
    await eventually(async () => (await system.replication.relay()).published === 20);
    expect(await messages()).toEqual([1, 20]);
    await expectConverged();
  });

  it('whose first rows another relay has is left to that one until its lease is over', async () => {
    await open({ tenantry: { relayBatchSize: 5 } });
    await create(20);
    await create(1, 1, 1, 'later');
    const { now } = dialectOf(system.orm as never);
    const [first] = await system.outbox();
    await system.sql(`update tenantry_outbox set available_at = ${now} + 3000 where id < ?`, [Number(first?.id) + 8]);
    expect(await system.replication.relay()).toEqual({ published: 1, more: false });
    await eventually(async () => (await system.replication.relay()).published === 20);
    expect(await messages()).toEqual([1, 20]);
    await expectConverged();
  });

  it('does not wait for its rows that are dead, that failed, or that another process knows', async () => {
    await open({ tenantry: { relayBatchSize: 3 } });
    await create(10);
    const { now } = dialectOf(system.orm as never);
    const ids = (await system.outbox()).map(row => Number(row.id));
    const { transactionId } = (await system.outbox())[0] as { transactionId: string };
    const set = (what: string, ...places: number[]) =>
      system.sql(`update tenantry_outbox set ${what} where id in (${places.map(place => ids[place]).join(', ')})`);
    await set("source = 'elsewhere'", 0, 5);
    await set('available_at = null, attempts = 5', 1, 6);
    await set(`available_at = ${now} + 60000, attempts = 1`, 2, 7);
    // Those that failed are tried with the others.
    expect(await system.replication.relay()).toEqual({ published: 6, more: false });
    const left = await system.outbox();
    expect(left.map(row => ids.indexOf(Number(row.id)))).toEqual([0, 1, 5, 6]);
    expect(left.filter(row => row.definition === 'elsewhere').map(row => row.availableAt)).toEqual([0n, 0n]);
    expect(left.every(row => row.transactionId === transactionId)).toBe(true);
  });

  // G1, G4
  it('too large for one step is published in parts, in the order of its rows, by as many relays as there are', async () => {
    await open();
    await create(25);
    await create(1, 1, 1, 'later');
    const relay = boundedRelay(system, { wholeRows: 10, batchSize: 4 });
    const held = holdNextApply(system);
    const relaying = boundedRelay(system, { wholeRows: 10, batchSize: 4 }).run();
    await held.reached;
    // Until a step takes all that nobody has yet; but its first rows are the other relay's.
    await relay.run();
    expect((await messages()).slice(0, 3)).toEqual([4, 4, 4]);
    held.release();
    await relaying;
    await eventually(async () => {
      await relay.run();
      return (await system.outbox()).length === 0;
    });
    const owners = (await system.feed('t0')).flatMap(({ changes }) => changes.map(change => change.owner));
    expect(owners).toHaveLength(26);
    expect(new Set(owners)).toHaveLength(26);
    expect(Math.max(...(await messages()))).toBeLessThanOrEqual(10);
    await expectConverged();
  });

  it('is published in one step as soon as what is left of it is small enough', async () => {
    await open();
    await create(25);
    expect(await boundedRelay(system, { wholeRows: 10, batchSize: 4 }).run()).toEqual({ published: 25, more: false });
    expect(await messages()).toEqual([4, 4, 4, 4, 9]);
    await expectConverged();
  });

  it('that grew too large since it was claimed is given back at once', async () => {
    await open();
    await create(8);
    const { transactionId } = (await system.outbox())[0] as { transactionId: string };
    let grown = false;
    const relay = boundedRelay(system, {
      ...{ wholeRows: 10, batchSize: 20 },
      publisher: real =>
        Object.assign(Object.create(real), {
          publishRows: real.publishRows.bind(real),
          async publishTransactions(ids: string[]) {
            if (!grown) await create(8, 8, 1, 'later');
            if (!grown) await system.sql('update tenantry_outbox set transaction_id = ?', [transactionId]);
            grown = true;
            return real.publishTransactions(ids);
          },
        }),
    });
    expect(await relay.run()).toEqual({ published: 0, more: false });
    expect((await system.outbox()).map(row => row.availableAt)).toEqual(Array(16).fill(0n));
    expect(await relay.run()).toEqual({ published: 16, more: false });
    expect(await messages()).toEqual([10, 6]);
    await system.drain();
    await expectConverged();
  });
});

// G1
it('many transactions that share a row, too many for one step, are published nevertheless', async () => {
  await open();
  await create(1);
  const em = system.em();
  const shared = await em.findOneOrFail(Plan, 1);
  for (let i = 0; i < 15; i++) {
    shared.name = `name ${i}`;
    em.create(Plan, { tenantId: 't0', slug: `beside ${i}` });
    await em.flush();
  }
  expect(await boundedRelay(system, { wholeRows: 10, batchSize: 4 }).run()).toEqual({ published: 31, more: false });
  expect(await system.outbox()).toEqual([]);
  await expectConverged();
});
