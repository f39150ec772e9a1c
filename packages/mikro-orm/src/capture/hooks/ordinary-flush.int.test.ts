import { EntitySchema } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { SyncEntry } from '../../definitions/definition-registry.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

// biome-ignore lint/suspicious/noExplicitAny: entities that point at each other have no types here.
type Row = Record<string, any>;
const of = (name: string, properties: object): EntitySchema<Row> =>
  new EntitySchema({ name, tableName: `t_${name.toLowerCase()}`, properties } as never);
const by = (name: string, entity: EntitySchema<Row>): SyncEntry => [
  entity,
  defineSync<Row>()({ name, tenant: 'tenantId', keys: { id: ['id'] } } as never) as unknown as SyncEntry[1],
];
const id = { type: 'integer', primary: true, autoincrement: false };
const tenantId = { type: 'string', length: 60 };

async function open(options: SystemOptions): Promise<void> {
  system = await openSystem(options);
}

async function step(work: (em: ReturnType<TestSystem['em']>) => unknown): Promise<void> {
  const em = system.em();
  await work(em);
  await em.flush();
  await system.replication.settled();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('captured by hooks', () => {
  it('a row that gets another primary key has it in the collections that hold it', async () => {
    const Held = of('Held', { id });
    const Holder = of('Holder', {
      id,
      tenantId,
      held: { kind: 'm:n', entity: () => Held, pivotTable: 'holder_held', updateRule: 'cascade' },
    });
    await open({ sync: [by('holders', Holder)], entities: [Held, Holder] });
    await step(em => {
      for (const each of [1, 2]) em.create(Held, { id: each });
      for (const each of [1, 2]) em.create(Holder, { id: each, tenantId: 'acme', held: [1, 2] });
    });
    await step(async em => Object.assign(await em.findOneOrFail(Held, 1), { id: 7 }));
    expect(await system.value('acme', 'holders:id:1')).toMatchObject({ held: expect.arrayContaining([2, 7]) });
  });

  it('an ordinary flush asks the database for nothing more', async () => {
    const queries: string[] = [];
    const logger = (message: string) => {
      // What looks at the tables and at the installation by a timer comes when it comes.
      if (!/select 1 as one from|information_schema|tenantry_replica/.test(message))
        queries.push(message.replace(/^.*?\[query\] /, ''));
    };
    await open({
      sync: [[Plan, plans]],
      orm: { debug: ['query'], logger, colors: false },
      tenantry: { publish: 'relay' },
    });
    const em = system.em();
    const plan = em.create(Plan, { tenantId: 'acme', slug: 'gold' });
    // Connected, which asks something of its own.
    await system.sql('select 1');
    queries.length = 0;
    await em.flush();
    expect(queries).toHaveLength(4);
    plan.name = 'first';
    await em.flush();
    queries.length = 0;
    plan.name = 'second';
    await em.flush();
    expect(queries.map(each => each.split(' ')[0])).toEqual(['begin', 'update', 'insert', 'commit']);
  });
});
