import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { boundedRelay } from '../bounded-relay.fixture.ts';
import { dialectOf } from '../database/dialect.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';

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

/** So many at once have an outbox row each. */
const FLUSHED = 10;

/** In transactions of the given size. */
async function create(count: number, size = count, tenants = 1, slug = 's'): Promise<void> {
  for (let i = 0; i < count; i += size)
    await system.em().transactional(async em => {
      for (let n = i; n < i + size; n++) {
        em.create(Plan, { tenantId: `t${n % tenants}`, slug: `${slug}${n}` });
        if ((n + 1) % FLUSHED === 0) await em.flush();
      }
    });
}

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
    const isHis = [Number(first?.id) + 8];
    await system.sql(`update tenantry_outbox set available_at = ${now} + 600000 where id < ?`, isHis);
    expect(await system.replication.relay()).toEqual({ published: 1, more: false });
    await system.sql(`update tenantry_outbox set available_at = ${now} where id < ?`, isHis);
    // What this one put aside comes again a second later.
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
