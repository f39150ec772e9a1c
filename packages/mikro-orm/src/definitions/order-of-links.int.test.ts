import { EntitySchema } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { openSystem } from '../system.fixture.ts';
import type { SyncEntry } from './definition-registry.ts';

// biome-ignore lint/suspicious/noExplicitAny: entities that point at each other have no types here.
type Row = Record<string, any>;
const of = (name: string, properties: object): EntitySchema<Row> =>
  new EntitySchema({ name, tableName: `t_${name.toLowerCase()}`, properties } as never);
const list = (entity: () => unknown, more = {}) => ({ kind: 'm:n', entity, owner: true, ...more });
const number = { type: 'integer', primary: true, autoincrement: false };
const Tag = of('Tag', { id: number, place: { type: 'integer', unique: true } });
const Label = of('Label', { id: { type: 'string', length: 10, primary: true } });
const Cell = of('Cell', { x: number, y: number });
const Thing = of('Thing', {
  id: number,
  tenantId: { type: 'string', length: 60 },
  name: { type: 'string', length: 10, default: '' },
  tags: list(() => Tag, { pivotTable: 'thing_tags' }),
  labels: list(() => Label, { pivotTable: 'thing_labels' }),
  cells: list(() => Cell, { pivotTable: 'thing_cells' }),
  placed: list(() => Tag, { pivotTable: 'thing_placed', orderBy: { place: 'asc' } }),
  given: list(() => Tag, { pivotTable: 'thing_given', fixedOrder: true }),
});
const things = defineSync<Row>()({ name: 'things', tenant: 'tenantId', keys: { id: ['id'] } } as never);

const TABLES = ['thing_tags', 'thing_labels', 'thing_cells', 'thing_placed', 'thing_given'];

// PostgreSQL reads rows as they lie, and a row that is written again lies elsewhere.
it('a many-to-many list has the same order wherever its rows lie, so an audit finds nothing to repair', async () => {
  await using system = await openSystem({
    sync: [[Thing, things] as unknown as SyncEntry],
    entities: [Thing, Tag, Label, Cell],
  });
  const em = system.em();
  for (const id of [2, 9, 10]) em.create(Tag, { id, place: 100 - id });
  for (const id of ['c', 'a', 'b']) em.create(Label, { id });
  for (const [x, y] of [
    [10, 1],
    [9, 2],
    [9, 1],
  ])
    em.create(Cell, { x, y });
  await em.flush();
  const thing = em.create(Thing, { id: 1, tenantId: 'acme', tags: [10, 2], placed: [2, 10], given: [10, 2, 9] });
  for (const label of ['c', 'a']) thing.labels.add(em.getReference(Label, label));
  for (const cell of [
    [10, 1],
    [9, 2],
  ])
    thing.cells.add(em.getReference(Cell, cell as never));
  await em.flush();
  thing.tags.add(em.getReference(Tag, 9));
  thing.placed.add(em.getReference(Tag, 9));
  thing.labels.add(em.getReference(Label, 'b'));
  thing.cells.add(em.getReference(Cell, [9, 1] as never));
  await em.flush();
  await system.replication.settled();
  const expected = {
    tags: [2, 9, 10],
    labels: ['a', 'b', 'c'],
    cells: [
      [9, 1],
      [9, 2],
      [10, 1],
    ],
    placed: [10, 9, 2],
    given: [10, 2, 9],
  };
  expect(await system.value('acme', 'things:id:1')).toMatchObject(expected);
  for (const table of TABLES) await rewrite(table);
  expect(await system.replication.audit()).toMatchObject({ left: 0, complete: true });
  await system.sql("update t_thing set name = 'x'");
  await system.replication.backfill(Thing);
  expect(await system.value('acme', 'things:id:1')).toMatchObject({ ...expected, name: 'x' });

  /** The first of its rows becomes the last, as a row does that is deleted and comes again. */
  async function rewrite(table: string): Promise<void> {
    const [first] = await system.sql(`select * from ${table} limit 1`);
    const columns = Object.keys(first as object);
    const where = columns.map(column => `${column} = ?`).join(' and ');
    const values = Object.values(first as object);
    await system.sql(`delete from ${table} where ${where}`, values);
    await system.sql(
      `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      values,
    );
  }
});
