import { EventType, type MetadataStorage, type MikroORM } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { internalFork } from '../database/internal-fork.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { DefinitionRegistry, type SyncEntry } from './definition-registry.ts';
import { loadRows } from './load-rows.ts';
import { byTable, DatedSchema, Extending, ExtendingSchema } from './plain-tables.fixture.ts';
import { Bill, byType, Code, Coin, Org, Pair, type Path } from './plain-types.fixture.ts';
import type { ReplicatedEntity } from './replicated-entity.ts';

const nameOf = (entity: unknown) =>
  (entity as { name?: string; meta?: { className: string } }).meta?.className ?? (entity as { name: string }).name;
const syncOf = (entity: unknown) =>
  [
    entity,
    defineSync<never>()({ name: nameOf(entity), tenant: 'tenantId', keys: { id: ['id'] } } as never),
  ] as unknown as SyncEntry;

let system: TestSystem;
let registry: DefinitionRegistry;
beforeAll(async () => {
  const replicated = [...byType.map(([, entity]) => entity), ...byTable.map(({ entity }) => entity)];
  system = await openSystem({
    sync: replicated.map(syncOf),
    entities: [...replicated, Org, Bill, Code, Coin, Pair, DatedSchema],
    tenantry: { publish: 'relay' },
  });
  registry = new DefinitionRegistry(replicated.map(syncOf), system.orm.getMetadata() as MetadataStorage);
  const em = system.em();
  em.create(Org as never, { id: 1 } as never);
  em.create(Bill as never, { id: 2n ** 60n + 3n } as never);
  em.create(Code as never, { id: 'é x' } as never);
  em.create(Coin as never, { id: 'no-9' } as never);
  em.create(Pair as never, { x: 3, y: 4 } as never);
  await em.flush();
  for (const [[, [, property, ...values]], entity] of byType) {
    const all = property.kind === 'm:n' ? values : [...values, null];
    for (const [i, value] of all.entries()) em.create(entity as never, { id: i + 1, tenantId: 'acme', value } as never);
  }
  for (const { entity, rows } of byTable) for (const row of rows) em.create(entity as never, row as never);
  await em.flush();
});
afterAll(() => system?.[Symbol.asyncDispose]());

const definitionOf = (entity: unknown) => registry.registeredFor(entity)[0] as ReplicatedEntity;

interface Encoded {
  readonly tenant: unknown;
  readonly addresses: readonly string[];
  readonly bytes: string | undefined;
}

function encoded(definition: ReplicatedEntity, recordId: string, row: object): Encoded {
  const { tenant, addresses, encode } = definition.presentState(row, recordId);
  return { tenant, addresses, bytes: encode?.(7, 9).toString('hex') };
}

/** As entities show them. */
async function byEntities(definition: ReplicatedEntity): Promise<Map<string, Encoded>> {
  return byId(definition, await definition.findEntities(system.em(), {}));
}

/** As a backfill and an audit find them, by a condition. */
async function asFound(definition: ReplicatedEntity): Promise<Map<string, Encoded>> {
  return byId(definition, await definition.findRows(internalFork(system.orm as MikroORM), {}));
}

function byId(definition: ReplicatedEntity, rows: readonly object[]): Map<string, Encoded> {
  return new Map(rows.map(row => [definition.recordIdOf(row), encoded(definition, definition.recordIdOf(row), row)]));
}

/** As they are read for publishing, all at once or each by itself. */
async function asPublished(definition: ReplicatedEntity, recordIds: readonly string[]): Promise<Map<string, Encoded>> {
  const loaded = await loadRows(internalFork(system.orm as MikroORM), definition, recordIds);
  return new Map(
    [...loaded].map(([id, each]) => {
      if (!('row' in each)) throw each.error;
      return [id, encoded(definition, each.recordId, each.row)];
    }),
  );
}

async function expectSame(definition: ReplicatedEntity): Promise<void> {
  const expected = await byEntities(definition);
  const ids = [...expected.keys()];
  expect(ids.length).toBeGreaterThan(0);
  expect(await asFound(definition)).toEqual(expected);
  expect(await asPublished(definition, ids)).toEqual(expected);
  for (const id of ids) expect(await asPublished(definition, [id])).toEqual(new Map([[id, expected.get(id)]]));
}

const pathOf = (definition: ReplicatedEntity): Path => (definition.plainRows(system.em()) ? 'plain' : 'entity');

describe('a row is published as the entity shows it', () => {
  it.each(byType.map(([[name, [path]], entity]) => ({ name, path, entity })))(
    'with a property of the type $name, which needs no more than: $path',
    async ({ path, entity }) => {
      const definition = definitionOf(entity);
      expect(pathOf(definition)).toBe(path);
      await expectSame(definition);
    },
  );

  it.each(byTable.filter(({ rows }) => rows.length > 0).map(each => ({ ...each, name: nameOf(each.entity) })))(
    'in the table of $name, which needs no more than: $path',
    async ({ path, entity }) => {
      const definition = definitionOf(entity);
      expect(pathOf(definition)).toBe(path);
      await expectSame(definition);
    },
  );

  // A server that is told to keeps dates that are none.
  it('as one that cannot be published, where it has a date that is none', async ({ skip }) => {
    skip(system.database.kind === 'postgresql', 'there every date is one');
    const [, entity] = byType.find(([[name]]) => name === 'datetime') ?? [];
    const definition = definitionOf(entity);
    const zero = "insert into t_datetime (id, tenant_id, value) values (90, 'acme', '0000-00-00 00:00:00')";
    await system.database.run(
      `set @mode = @@session.sql_mode; set session sql_mode = ''; ${zero}; set session sql_mode = @mode`,
    );
    for (const rows of [
      definition.findRows(system.em(), { id: 90 }),
      definition.findEntities(system.em(), { id: 90 }),
    ]) {
      const [row] = await rows;
      expect(() => definition.presentState(row as object, '90')).toThrow(/an invalid date/);
    }
    await expect(asPublished(definition, ['90'])).rejects.toThrow(/an invalid date/);
    await expect(asPublished(definition, ['1', '90'])).rejects.toThrow(/an invalid date/);
    await system.database.run('delete from t_datetime where id = 90;');
  });

  it('also after a listener was registered that changes what is loaded', async () => {
    const definition = definitionOf(ExtendingSchema);
    const events = system.orm.em.getEventManager();
    events.registerSubscriber({
      getSubscribedEntities: () => [Extending],
      [EventType.onInit]: ({ entity }: { entity: object }) => Object.assign(entity, { tenantId: 'globex' }),
    } as never);
    expect(pathOf(definition)).toBe('entity');
    await expectSame(definition);
    expect([...(await byEntities(definition)).values()]).toMatchObject([{ tenant: 'globex' }]);
  });
});
