import { afterEach, expect, it } from 'vitest';
import { boundedPublisher } from '../../bounded-relay.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem, withoutVersions } from '../../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

/** Commits transactions of so many rows, and answers them as one of whose changes only the outbox knows. */
async function commit(...counts: readonly number[]) {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
  for (const count of counts) {
    const em = system.em();
    for (let i = 0; i < count; i++) em.create(Plan, { tenantId: 'acme' });
    await em.flush();
  }
  const ids = new Set((await system.outbox()).map(({ transactionId }) => transactionId));
  return [...ids].map(transactionId => ({ transactionId, changes: undefined }));
}

const sizes = async () => (await system.feed('acme')).map(({ changes }) => changes.length);

it('transactions that are too many for one step are published in several, each of them whole', async () => {
  const committed = await commit(4, 4, 4, 4, 4);
  const { publisher } = boundedPublisher(system, 10);
  expect(await publisher.publishCommitted(committed, 30_000)).toBe(true);
  expect(await sizes()).toEqual([8, 4, 8]);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
});

it('one that is too large by itself is left to the relay, and takes no other with it', async () => {
  const committed = await commit(1, 2, 11, 3);
  const { publisher } = boundedPublisher(system, 10);
  expect(await publisher.publishCommitted(committed, 30_000)).toBe(false);
  expect(await sizes()).toEqual([3, 3]);
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
});
