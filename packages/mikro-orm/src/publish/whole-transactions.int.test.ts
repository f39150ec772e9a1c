import type { EventSubscriber } from '@mikro-orm/core';
import { afterEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../plans.fixture.ts';
import {
  holdNextApply,
  openSystem,
  ownersIn,
  type SystemOptions,
  type TestEntityManager,
  type TestSystem,
  withoutVersions,
} from '../system.fixture.ts';

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
    await open({ tenantry: { publish: 'relay' } });
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
      tenantry: { publish: 'relay' },
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
    let first: TestEntityManager | undefined;
    const afterCommit: EventSubscriber = {
      async afterTransactionCommit({ em }) {
        // Others commit, too: what was published is acknowledged at any time.
        if (em !== (first as unknown)) return;
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
    first = system.em();
    (await first.findOneOrFail(Plan, { slug: 'a' })).name = '1';
    await first.flush();
    expect(between).toBeUndefined();
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
