import { EntitySchema, type EventSubscriber, type FlushEventArgs } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { SyncEntry } from '../../definitions/definition-registry.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../../system.fixture.ts';

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

async function open(options: SystemOptions): Promise<void> {
  system = await openSystem(options);
}

/** In a memory of its own; Redis has then what the tables say. */
async function step(work: (em: Em) => unknown): Promise<void> {
  const em = system.em();
  await work(em);
  await em.flush();
  await expectConverged();
}

async function expectConverged(): Promise<void> {
  await system.replication.settled();
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const tenants = async () => Object.keys(await system.redisKeys()).map(key => key.split('/')[0]);

describe.each(captures)('captured by %s', capture => {
  const Product = of('Product', { id });
  const Order = of('Order', {
    id,
    tenantId,
    products: { kind: 'm:n', entity: () => Product, pivotEntity: () => Item },
  });
  const one = (entity: () => unknown, more = {}) => ({ kind: 'm:1', entity, ...more });
  const Item: EntitySchema<Row> = of('Item', {
    order: one(() => Order, { primary: true }),
    product: one(() => Product, { primary: true }),
    amount: { type: 'integer', default: 1 },
  });

  it('rows of a many-to-many table that has an entity of its own change its owners', async () => {
    await open({ sync: [by('orders', Order)], entities: [Product, Order, Item], tenantry: { capture } });
    await step(em => {
      for (const each of [1, 2]) em.create(Product, { id: each });
      for (const each of [1, 2]) em.create(Order, { id: each, tenantId: 'acme' });
    });
    await step(em => em.create(Item, { order: 1, product: 1, amount: 2 }));
    expect(await system.value('acme', 'orders:id:1')).toMatchObject({ products: [1] });
    await step(async em => {
      em.remove(await em.findOneOrFail(Item, { order: 1, product: 1 } as never));
      em.create(Item, { order: 1, product: 2 });
    });
    await step(em => em.create(Order, { id: 3, tenantId: 'beta' }) && em.create(Item, { order: 3, product: 2 }));
    await step(em => em.remove(em.getReference(Item, [1, 2] as never)));
    expect(await system.value('acme', 'orders:id:1')).toMatchObject({ products: [] });
    await step(
      async em =>
        void (await em.findOneOrFail(Order, 2, { populate: ['products'] as never })).products.add(
          em.getReference(Product, 1),
        ),
    );
    expect(await system.value('acme', 'orders:id:2')).toMatchObject({ products: [1] });
  });

  it('a row of such a table with a key of its own changes the owner it leaves and the one it joins', async () => {
    const Basket: EntitySchema<Row> = of('Basket', {
      id,
      tenantId,
      products: { kind: 'm:n', entity: () => Product, pivotEntity: () => Line },
    });
    const Line: EntitySchema<Row> = of('Line', { id, basket: one(() => Basket), product: one(() => Product) });
    await open({ sync: [by('baskets', Basket)], entities: [Product, Basket, Line], tenantry: { capture } });
    await step(em => {
      em.create(Product, { id: 1 });
      for (const each of [1, 2]) em.create(Basket, { id: each, tenantId: 'acme' });
      em.create(Line, { id: 7, basket: 1, product: 1 });
    });
    await step(em => em.assign(em.getReference(Line, 7), { basket: 2 } as never));
    expect(await system.value('acme', 'baskets:id:1')).toMatchObject({ products: [] });
    expect(await system.value('acme', 'baskets:id:2')).toMatchObject({ products: [1] });
    await step(em => em.remove(em.getReference(Line, 7)));
    expect(await system.value('acme', 'baskets:id:2')).toMatchObject({ products: [] });
  });

  const Thing: EntitySchema<Row> = of('Thing', {
    id,
    tenantId,
    box: one(() => Tag, { nullable: true }),
    tags: { kind: 'm:n', entity: () => Tag, inversedBy: 'things', pivotTable: 'thing_tags' },
  });
  const Tag: EntitySchema<Row> = of('Tag', {
    id,
    things: { kind: 'm:n', entity: () => Thing, mappedBy: 'tags' },
    boxed: { kind: '1:m', entity: () => Thing, mappedBy: 'box' },
  });

  it.each<[string, (em: Em, tag: Row) => unknown]>([
    ['emptied', (_, tag) => tag.things.removeAll()],
    ['set to other rows', (em, tag) => tag.things.set([em.getReference(Thing, 2)])],
    ['assigned', (em, tag) => em.assign(tag, { things: [2] } as never)],
    ['set to nothing', (_, tag) => tag.things.set([])],
    ['emptied, one-to-many', (_, tag) => tag.boxed.removeAll()],
    ['set to other rows, one-to-many', (em, tag) => tag.boxed.set([em.getReference(Thing, 2)])],
  ])('a collection that was never loaded, %s from its inverse side, changes the rows that it held', async (_, work) => {
    await open({ sync: [by('things', Thing)], entities: [Thing, Tag], tenantry: { capture } });
    await step(em => {
      for (const each of [1, 2]) em.create(Tag, { id: each });
      for (const each of [1, 2, 3])
        em.create(Thing, { id: each, tenantId: 'acme', tags: each === 2 ? [2] : [1, 2], box: each === 2 ? 2 : 1 });
    });
    await step(async em => void (await work(em, await em.findOneOrFail(Tag, 1))));
    await step(em => em.transactional(async t => void (await work(t, await t.findOneOrFail(Tag, 2)))));
  });

  const Generated = of('Generated', {
    id,
    region: { type: 'string', length: 20 },
    account: { type: 'string', length: 20 },
    tenantId: { ...tenantId, generated: "(concat(region, '-', account)) stored", persist: true },
  });
  const Own = of('Own', { id, account: { type: 'string', length: 20 }, tenantId: { ...tenantId, nullable: true } });

  it.skipIf(isPostgres)('a row whose tenant the database works out leaves the one that it was really in', async () => {
    await open({ sync: [by('gen', Generated), by('own', Own)], entities: [Generated, Own], tenantry: { capture } });
    await system.sql('create trigger own_i before insert on t_own for each row set new.tenant_id = new.account');
    await system.sql('create trigger own_u before update on t_own for each row set new.tenant_id = new.account');
    await step(em => {
      em.create(Generated, { id: 1, region: 'eu', account: 'acme' });
      em.create(Own, { id: 1, account: 'acme' });
    });
    const rows = async (em: Em) => [await em.findOneOrFail(Generated, 1), await em.findOneOrFail(Own, 1)];
    const move = (to: string) => async (em: Em) =>
      void (await rows(em)).map(row => Object.assign(row, { account: to }));
    await step(move('beta'));
    await step(em => [Generated, Own].map(each => Object.assign(em.getReference(each, 1), { account: 'coda' })));
    const slow = system.em();
    const stale = await rows(slow);
    await step(move('delta'));
    for (const row of stale) row.account = 'echo';
    await slow.flush();
    await expectConverged();
    expect((await tenants()).sort()).toEqual(['echo', 'eu-echo']);
  });
});

/** Registered after Tenantry's own subscriber. */
class Late implements EventSubscriber {
  work: ((args: FlushEventArgs) => void) | undefined;
  onFlush(args: FlushEventArgs): void {
    const { work } = this;
    this.work = undefined;
    work?.(args);
  }
}

describe.each(['implicit', 'explicit'])('in an %s transaction', kind => {
  const inTransaction = (work: (em: Em) => Promise<unknown>) =>
    kind === 'explicit' ? system.em().transactional(work as never) : runAndFlush(work);
  async function runAndFlush(work: (em: Em) => Promise<unknown>): Promise<void> {
    const em = system.em();
    await work(em);
    await em.flush();
  }

  it('what a subscriber adds that was registered later is captured: a row that moves', async () => {
    await open({ sync: [[Plan, plans]] });
    await step(em => [1, 2].map(each => em.create(Plan, { id: each, tenantId: 'acme', slug: `s${each}` })));
    const late = new Late();
    system.orm.em.getEventManager().registerSubscriber(late);
    await inTransaction(async em => {
      const [first, second] = [await em.findOneOrFail(Plan, 1), em.getReference(Plan, 2)];
      first.name = 'changed';
      late.work = ({ uow }) => {
        second.tenantId = 'beta';
        uow.computeChangeSet(second as never);
      };
    });
    await expectConverged();
    expect(new Set(await tenants())).toEqual(new Set(['acme', 'beta']));
  });

  it('a hook of the application that moves a row takes it out of the tenant that it was really in', async () => {
    let moveTo: string | undefined;
    const Hooked = of(
      'Hooked',
      { id, tenantId, note: { type: 'string', default: '' } },
      {
        hooks: {
          beforeUpdate: [({ entity }: { entity: Row }) => moveTo && Object.assign(entity, { tenantId: moveTo })],
        },
      },
    );
    await open({ sync: [by('hooked', Hooked)] });
    await step(em => em.create(Hooked, { id: 1, tenantId: 'acme' }));
    await inTransaction(async em => {
      const row = await em.findOneOrFail(Hooked, 1);
      await step(async other => Object.assign(await other.findOneOrFail(Hooked, 1), { tenantId: 'beta' }));
      row.note = 'changed';
      moveTo = 'coda';
    });
    await expectConverged();
    expect(await tenants()).toEqual(['coda']);
  });
});
