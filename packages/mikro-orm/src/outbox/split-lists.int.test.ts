import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { afterEach, expect, it } from 'vitest';
import { dialectOf } from '../database/dialect.ts';
import { openSystem, ownersIn, type SystemOptions, type TestSystem } from '../system.fixture.ts';
import { splitLists } from './split-lists.ts';

// Of the records that one outbox row names, each fails by itself.

const Small = defineEntity({
  name: 'Small',
  properties: { id: p.integer().primary().autoincrement(), tenantId: p.string(), text: p.text() },
});
type Small = InferEntity<typeof Small>;
const small = defineSync<Small>()({ name: 'small', tenant: 'tenantId', keys: { id: ['id'] }, maxBytes: 200 });

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

const COUNT = 25;
const TOO_LONG = 'x'.repeat(500);

async function create(tenantry: SystemOptions['tenantry'], isBad: (id: number) => boolean): Promise<void> {
  system = await openSystem({ sync: [[Small, small]], tenantry: { maxAttempts: 2, ...tenantry } });
  const em = system.em();
  for (let id = 1; id <= COUNT; id++) em.create(Small, { tenantId: 'acme', text: isBad(id) ? TOO_LONG : 'fine' });
  await em.flush();
}

// R15
it.each(['await', 'relay'] as const)(
  'one that cannot be published is dead alone, and can be retried (%s)',
  async publish => {
    await create({ publish }, id => id === 7);
    await system.drain();
    expect(Object.keys(await ownersIn(system))).toHaveLength(COUNT - 1);
    expect(system.reportsOf('failed')).toMatchObject([
      { definition: 'small', recordId: '7', attempts: 1, dead: false },
      { definition: 'small', recordId: '7', attempts: 2, dead: true },
    ]);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 1 });
    const [dead, ...others] = await system.replication.deadRows();
    expect(others).toEqual([]);
    expect(dead).toMatchObject({ definition: 'small', recordId: '7', tenant: 'acme', attempts: 2 });
    // Mended by hand, where no hook sees it.
    await system.sql("update small set text = 'mended' where id = 7");
    expect(await system.replication.retryDeadRows([dead?.id as number])).toBe(1);
    await system.drain();
    expect(await system.value('acme', 'small:id:7')).toMatchObject({ text: 'mended' });
    expect(await system.outbox()).toEqual([]);
  },
);

// G1, G3: the id of its own row is drawn without a lock, so it is the order of nothing.
it('one that got an outbox row of its own keeps the version it was locked with', async () => {
  await create({ publish: 'relay' }, id => id === 7);
  const [list] = await system.outbox();
  const writer = system.em();
  await writer.begin();
  (await writer.findOneOrFail(Small, 7)).text = 'later';
  await writer.flush();
  // The row of its own comes after what the writer has drawn, and is tried while the writer is under way.
  await system.replication.relay();
  const [own] = await system.outbox();
  await system.sql('update tenantry_outbox set available_at = 0 where id = ?', [Number(own?.id)]);
  expect(Number(own?.id)).toBeGreaterThan(Number(list?.id));
  const { version } = JSON.parse(own?.before ?? '') as { version: number };
  expect(version).toBe(Number(list?.id));
  await system.replication.relay();
  await writer.commit();
  await system.drain();
  expect(await system.value('acme', 'small:id:7')).toMatchObject({ text: 'later' });
});

it('several of one list are split from it together', async () => {
  await create({ publish: 'relay', maxAttempts: 1 }, id => id > 5);
  expect(await system.replication.relay()).toMatchObject({ published: 5 });
  expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: COUNT - 5 });
  const dead = await system.replication.deadRows();
  expect(dead.map(({ recordId }) => Number(recordId))).toEqual(Array.from({ length: COUNT - 5 }, (_, i) => i + 6));
  expect(await system.replication.discardDeadRows([dead[0]?.id as number])).toBe(1);
  expect(await system.replication.discardDeadRows()).toBe(COUNT - 6);
  expect(await system.outbox()).toEqual([]);
});

it('all of a list leave nothing of it', async () => {
  await create({ publish: 'relay', maxAttempts: 1 }, () => true);
  await system.replication.relay();
  expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: COUNT });
  expect(await system.outbox()).toHaveLength(COUNT);
});

it('one that two take out of it at the same time gets one row', async () => {
  await create({ publish: 'relay' }, () => false);
  const [list] = await system.outbox();
  const orm = system.orm as never;
  const failed = [{ recordId: '7', outboxIds: [Number(list?.id)] }];
  const split = await Promise.all([1, 2].map(() => splitLists(orm, dialectOf(orm), failed)));
  expect(split.flatMap(lists => lists.get(Number(list?.id))?.get('7') ?? [])).toHaveLength(1);
  // Who comes second is told that it was a list: what it named besides is done.
  expect(split.every(lists => lists.has(Number(list?.id)))).toBe(true);
  expect((await system.outbox()).map(({ recordId }) => recordId)).toEqual([`${COUNT - 1}`, '1']);
  expect(await system.replication.relay()).toMatchObject({ published: COUNT });
  expect(await system.outbox()).toEqual([]);
});
