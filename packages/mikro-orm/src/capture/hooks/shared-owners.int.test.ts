import { EntitySchema } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { SyncEntry } from '../../definitions/definition-registry.ts';
import { openSystem, type TestSystem, withoutVersions } from '../../system.fixture.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');
const captures = isPostgres ? (['hooks'] as const) : (['hooks', 'trigger'] as const);

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

type Em = ReturnType<TestSystem['em']>;
// biome-ignore lint/suspicious/noExplicitAny: entities that point at each other have no types here.
type Row = Record<string, any>;
const of = (name: string, properties: object, more: object = {}): EntitySchema<Row> =>
  new EntitySchema({ name, tableName: `t_${name.toLowerCase()}`, properties, ...more } as never);
const by = (name: string, entity: EntitySchema<Row>): SyncEntry => [
  entity,
  defineSync<Row>()({ name, tenant: 'tenantId', keys: { id: ['id'] } } as never) as unknown as SyncEntry[1],
];
const id = { type: 'integer', primary: true, autoincrement: false };
const tenantId = { type: 'string', length: 60 };
const one = (entity: () => unknown, more = {}) => ({ kind: 'm:1', entity, ...more });

const AT_ONCE = 8;
// Without the lock the database refuses requests in the first round already, and eight of them meet each time.
const ROUNDS = 2;
// The statements of another program are so short that they may miss each other, and cost little.
const ROUNDS_OF_STATEMENTS = 6;

/**
 * Requests that change the same record at once, as those of two people who follow a third one. A foreign key lets each of them share the
 * owner's row; with a lock that none of them can have before the others let go, the database refuses all but one.
 */
async function atOnce(work: (em: Em, n: number) => unknown, rounds = ROUNDS): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const requests = Array.from({ length: AT_ONCE }, async (_, i) => {
      const em = system.em();
      await work(em, round * AT_ONCE + i + 1);
      await em.flush();
    });
    const refused = (await Promise.allSettled(requests)).filter(({ status }) => status === 'rejected');
    expect(refused).toEqual([]);
  }
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const numbersOf = (rounds: number) => Array.from({ length: AT_ONCE * rounds }, (_, i) => i + 1);
const all = numbersOf(ROUNDS);

describe.each(captures)('requests that change one record at once are not refused, captured by %s', capture => {
  const Thing: EntitySchema<Row> = of('Thing', {
    id,
    tenantId,
    tags: { kind: 'm:n', entity: () => Tag, inversedBy: 'things', pivotTable: 'thing_tags' },
    liked: { kind: 'm:n', entity: () => Thing, pivotTable: 'thing_liked', owner: true },
  });
  const Tag: EntitySchema<Row> = of('Tag', {
    id,
    things: { kind: 'm:n', entity: () => Thing, mappedBy: 'tags' },
  });
  const Order = of('Order', {
    id,
    tenantId,
    products: { kind: 'm:n', entity: () => Tag, pivotEntity: () => Item },
  });
  const Item: EntitySchema<Row> = of('Item', { id, order: one(() => Order), tag: one(() => Tag) });

  async function open(numbers = all): Promise<void> {
    system = await openSystem({
      sync: [by('things', Thing), by('orders', Order)],
      entities: [Thing, Tag, Order, Item],
      tenantry: { capture },
      orm: { pool: { min: 0, max: AT_ONCE * 2 } },
    });
    const em = system.em();
    for (const each of numbers) em.create(Tag, { id: each });
    for (const each of [0, ...numbers]) em.create(Thing, { id: each, tenantId: 'acme' });
    for (const each of [1, 2]) em.create(Order, { id: each, tenantId: 'acme' });
    await em.flush();
  }

  it('each adds to its collection', async () => {
    await open();
    await atOnce(async (em, n) => (await em.findOneOrFail(Thing, 0)).tags.add(em.getReference(Tag, n)));
    expect((await system.value('acme', 'things:id:0')) as Row).toMatchObject({ tags: all });
  });

  it('each adds it to a collection of the other side', async () => {
    await open();
    await atOnce(async (em, n) => (await em.findOneOrFail(Tag, n)).things.add(em.getReference(Thing, 0)));
    expect((await system.value('acme', 'things:id:0')) as Row).toMatchObject({ tags: all });
  });

  it('each adds another row of its own table to it', async () => {
    await open();
    await atOnce(async (em, n) => (await em.findOneOrFail(Thing, 0)).liked.add(em.getReference(Thing, n)));
    expect((await system.value('acme', 'things:id:0')) as Row).toMatchObject({ liked: all });
  });

  it('each does so in a transaction of its own, and takes away what it added', async () => {
    await open();
    await atOnce((em, n) =>
      em.transactional(async inner => {
        const { tags } = await inner.findOneOrFail(Thing, 0, { populate: ['tags'] as never });
        tags.add(inner.getReference(Tag, n));
        await inner.flush();
        tags.remove(inner.getReference(Tag, n));
      }),
    );
    expect((await system.value('acme', 'things:id:0')) as Row).toMatchObject({ tags: [] });
  });

  it('each writes a row of the many-to-many table, which is an entity', async () => {
    await open();
    await atOnce((em, n) => em.create(Item, { id: n, order: 1, tag: n }));
    expect((await system.value('acme', 'orders:id:1')) as Row).toMatchObject({ products: all });
  });

  it('each moves such a row to another owner', async () => {
    await open();
    const em = system.em();
    for (const each of all) em.create(Item, { id: each, order: 1, tag: each });
    await em.flush();
    await atOnce(async (inner, n) => inner.assign(await inner.findOneOrFail(Item, n), { order: 2 } as never));
    expect((await system.value('acme', 'orders:id:2')) as Row).toMatchObject({ products: all });
  });

  // The first trigger runs when the row of the lower table is locked.
  it.runIf(capture === 'hooks')('each changes another table of its tree', async () => {
    const Animal: EntitySchema<Row> = of('Animal', { id, tenantId, name: { type: 'integer' } }, { inheritance: 'tpt' });
    const Cat: EntitySchema<Row> = of('Cat', { lives: { type: 'integer' } }, { extends: Animal });
    system = await openSystem({
      sync: [by('cats', Cat)],
      entities: [Animal, Cat],
      tenantry: { capture },
      orm: { pool: { min: 0, max: AT_ONCE * 2 } },
    });
    const em = system.em();
    em.create(Cat, { id: 1, tenantId: 'acme', name: 0, lives: 0 });
    await em.flush();
    await atOnce(async (inner, n) => {
      const cat = await inner.findOneOrFail(Cat, 1);
      cat.lives += n;
      if (n % 2 === 0) cat.name += n;
    });
  });

  it.runIf(capture === 'trigger')('each is another program', async () => {
    const numbers = numbersOf(ROUNDS_OF_STATEMENTS);
    await open(numbers);
    const insert = (n: number) => system.sql('insert into thing_tags (thing_id, tag_id) values (0, ?)', [n]);
    await atOnce((_em, n) => insert(n), ROUNDS_OF_STATEMENTS);
    expect((await system.value('acme', 'things:id:0')) as Row).toMatchObject({ tags: numbers });
  });
});
