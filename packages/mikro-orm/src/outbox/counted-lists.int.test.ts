import { afterEach, describe, expect, it } from 'vitest';
import { boundedRelay } from '../bounded-relay.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, type TestSystem, withoutVersions } from '../system.fixture.ts';

// An outbox row may name many records: what is counted is them.

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
}

type Em = ReturnType<TestSystem['em']>;

async function create(em: Em, count: number, name: string): Promise<void> {
  for (let i = 0; i < count; i++) em.create(Plan, { tenantId: 'acme', slug: `${name}-${i}`, name });
  await em.flush();
}

const messages = async () => (await system.feed('acme')).map(({ changes }) => changes.length);

async function expectConverged(): Promise<void> {
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(await system.outbox()).toEqual([]);
}

describe('a claim counts the records of a list', () => {
  it('and takes about as many of them as of rows', async () => {
    await open();
    for (let i = 0; i < 4; i++) await create(system.em(), 30, `${i}`);
    const held = holdNextApply(system);
    const relaying = boundedRelay(system, { wholeRows: 1_000, batchSize: 50 }).run();
    await held.reached;
    const waiting = (await system.outbox()).map(row => Number(row.availableAt) > 0);
    held.release();
    await relaying;
    expect(waiting).toEqual([true, true, false, false]);
    await expectConverged();
  });

  // G1
  it('and publishes a transaction in parts whose lists are too many for one step', async () => {
    await open();
    await system.em().transactional(async em => {
      for (let i = 0; i < 5; i++) await create(em, 30, `${i}`);
    });
    expect(await boundedRelay(system, { wholeRows: 70, batchSize: 10 }).run()).toEqual({ published: 150, more: false });
    expect((await messages()).reduce((sum, size) => sum + size)).toBe(150);
    expect(Math.max(...(await messages()))).toBeLessThanOrEqual(70);
    await expectConverged();
  });
});
