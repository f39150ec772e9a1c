import { hear, type PublishSignal, type Signals } from '@tenantry/redis';
import { afterEach, describe, expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OTHER = '00-11111111111111111111111111111111-2222222222222222-01';
const CANARY = 'canary-77f1';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Everything that is told, by channel, as it was when it was told. */
function hearAll(trace?: string): { readonly [N in keyof Signals]?: Signals[N][] } {
  const heard: Record<string, unknown[]> = {};
  const keep = (name: string) => (message: object) => {
    heard[name] ??= [];
    heard[name].push({ ...message });
  };
  const names = ['outbox', 'commit', 'publishing', 'publish', 'defer', 'relay', 'dead', 'audit', 'fill'] as const;
  ends.push(hear(Object.fromEntries(names.map(name => [name, keep(name)]))));
  if (trace !== undefined)
    ends.push(
      hear({
        outbox: signal => {
          signal.trace = trace;
        },
        publishing: signal => {
          signal.trace = OTHER;
        },
      }),
    );
  return heard;
}

async function insert(system: TestSystem, count: number): Promise<void> {
  const em = system.em();
  for (let i = 0; i < count; i++) em.create(Plan, { tenantId: 'acme', slug: `s${i}`, name: `${CANARY}-${i}` });
  await em.flush();
}

describe('a commit', () => {
  it('tells of its outbox rows, of itself and of its publish, in this order, and without values', async () => {
    await using system = await openSystem({ sync: [[Plan, plans]] });
    const heard = hearAll();
    await insert(system, 2);
    const [{ transactionId }] = heard.commit as [Signals['commit']];
    expect(heard.outbox).toEqual([{ transactionId, changes: 2 }]);
    expect(heard.commit).toEqual([{ transactionId, changes: 2 }]);
    expect(heard.publishing).toEqual([{ by: 'commit', traces: [], records: [], ms: 0 }]);
    const [publish] = heard.publish as [PublishSignal];
    expect(publish.records).toMatchObject([{ tenant: 'acme', applied: true }, { applied: true }]);
    expect(publish).toMatchObject({ by: 'commit', ms: expect.any(Number) });
    expect(JSON.stringify(heard)).not.toContain(CANARY);
    const [message] = await system.feed('acme');
    expect(message?.changes.map(({ trace }) => trace)).toEqual([undefined, undefined]);
  });

  it('whose transaction is rolled back tells of its rows and no more', async () => {
    await using system = await openSystem({ sync: [[Plan, plans]] });
    const heard = hearAll();
    const work = system.em().transactional(async em => {
      em.create(Plan, { tenantId: 'acme', slug: 'a' });
      await em.flush();
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(Object.keys(heard)).toEqual(['outbox']);
  });
});

describe('the trace of a commit', () => {
  it.each([
    ['one change', 1],
    ['changes that one row of the outbox names', 40],
  ])('is in the publish, and that of the publish in the feed: %s', async (_, count) => {
    await using system = await openSystem({ sync: [[Plan, plans]] });
    const heard = hearAll(TRACE);
    await insert(system, count);
    expect(heard.publishing).toMatchObject([{ by: 'commit', traces: [TRACE] }]);
    const [message] = await system.feed('acme');
    expect(message?.changes).toHaveLength(count);
    expect(message?.changes.map(({ trace }) => trace)).toEqual([OTHER, ...new Array(count - 1).fill(undefined)]);
    await system.drain();
    expect(await system.redisKeys()).not.toEqual({});
  });

  it.each([1, 40])('waits in the outbox for a relay of another process: %i changes', async count => {
    await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
    const heard = hearAll(TRACE);
    await insert(system, count);
    expect((await system.outbox()).filter(({ before }) => before?.includes(TRACE))).toHaveLength(1);
    await system.drain();
    expect(heard.publishing).toMatchObject([{ by: 'relay', traces: [TRACE] }]);
    expect((await system.feed('acme'))[0]?.changes[0]?.trace).toBe(OTHER);
    expect(heard.relay?.reduce((sum, { published }) => sum + published, 0)).toBe(count);
  });

  it('stands beside where the record stood before', async () => {
    await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
    await insert(system, 1);
    await system.drain();
    const heard = hearAll(TRACE);
    const em = system.em();
    const plan = await em.findOneOrFail(Plan, { slug: 's0' });
    Object.assign(plan, { tenantId: 'zoo', slug: 'gold' });
    await em.flush();
    await system.drain();
    expect(heard.publishing).toMatchObject([{ traces: [TRACE] }]);
    expect(Object.keys(await system.redisKeys()).every(key => key.startsWith('zoo/'))).toBe(true);
  });
});

it('the outbox says since when its first change waits, and nothing where none does', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
  expect(await system.replication.oldestWaiting()).toBeUndefined();
  await insert(system, 1);
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: 'later' });
  await em.flush();
  const [first] = await system.outbox();
  expect(await system.replication.oldestWaiting()).toEqual(new Date(Number(first?.createdAt)));
  await system.drain();
  expect(await system.replication.oldestWaiting()).toBeUndefined();
});
