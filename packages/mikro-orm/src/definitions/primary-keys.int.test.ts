import { type Ref as EntityRef, EntitySchema } from '@mikro-orm/core';
import { defineSync, type SyncDefinition } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { openSystem, ownersIn, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import type { SyncEntry } from './definition-registry.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(sync: readonly SyncEntry[], options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync, ...options });
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const addresses = async () => Object.keys(await ownersIn(system));

describe('primary keys', () => {
  interface Row {
    tenantId: string;
    name: string;
  }
  const shared = { tenantId: { type: 'string' }, name: { type: 'string' } } as const;
  interface ByBigint extends Row {
    id: bigint;
  }
  interface ByText extends Row {
    code: string;
  }
  interface ByUuid extends Row {
    uuid: string;
  }
  interface ByDate extends Row {
    day: Date;
    slot: number;
  }
  interface ByBytes extends Row {
    hash: Buffer;
  }
  interface ByPair extends Row {
    left: string;
    right: number;
  }
  interface ByParent extends Row {
    parent: EntityRef<ByPair> | ByPair;
    line: number;
  }
  interface ByOne extends Row {
    of: ByText;
  }
  const Big = new EntitySchema<ByBigint>({
    name: 'Big',
    properties: { id: { type: 'bigint', primary: true }, ...shared },
  });
  const Text = new EntitySchema<ByText>({
    name: 'Text',
    tableName: 'by_text',
    properties: { code: { type: 'string', length: 100, primary: true }, ...shared },
  });
  const Uuid = new EntitySchema<ByUuid>({
    name: 'Uuid',
    tableName: 'by_uuid',
    properties: { uuid: { type: 'uuid', primary: true }, ...shared },
  });
  const Day = new EntitySchema<ByDate>({
    name: 'Day',
    tableName: 'by_day',
    properties: {
      day: { type: 'datetime', length: 3, primary: true },
      slot: { type: 'integer', primary: true },
      ...shared,
    },
  });
  const Bytes = new EntitySchema<ByBytes>({
    name: 'Bytes',
    tableName: 'by_bytes',
    properties: {
      hash: { type: 'blob', columnType: isPostgres ? 'bytea' : 'varbinary(32)', primary: true },
      ...shared,
    },
  });
  const Pair = new EntitySchema<ByPair>({
    name: 'Pair',
    properties: { left: { type: 'string', primary: true }, right: { type: 'integer', primary: true }, ...shared },
  });
  const Line = new EntitySchema<ByParent>({
    name: 'Line',
    properties: {
      parent: { kind: 'm:1', entity: () => Pair as never, primary: true },
      line: { type: 'integer', primary: true },
      ...shared,
    },
  });
  const One = new EntitySchema<ByOne>({
    name: 'One',
    properties: { of: { kind: '1:1', entity: () => Text as never, primary: true, owner: true }, ...shared },
  });
  const by = (name: string, keys: Record<string, string[]>) =>
    defineSync<Row>()({ name, tenant: 'tenantId', keys: keys as never }) as SyncDefinition<never, never, unknown>;

  const cases: [string, object, SyncEntry[], (i: number, em: ReturnType<TestSystem['em']>) => object][] = [
    ['bigints beyond 2^53', Big, [[Big, by('rows', { id: ['id'] })]], i => ({ id: 2n ** 60n + BigInt(i) })],
    [
      'text with separators',
      Text,
      [[Text, by('rows', { code: ['code'] })]],
      i => ({ code: ['a:b,{c}', 'a,b', '%2C', 'ünï 😀'][i % 4] }),
    ],
    [
      'uuids',
      Uuid,
      [[Uuid, by('rows', { uuid: ['uuid'] })]],
      i => ({ uuid: `0189f7a1-0000-7000-8000-00000000000${i}` }),
    ],
    [
      'a date and a number',
      Day,
      [[Day, by('rows', { slot: ['day', 'slot'] })]],
      i => ({ day: new Date(Date.UTC(2024, 1, 29, 12, 0, 0, 120)), slot: i }),
    ],
    ['bytes', Bytes, [[Bytes, by('rows', { hash: ['hash'] })]], i => ({ hash: Buffer.from([0, 255, i]) })],
    ['two columns', Pair, [[Pair, by('rows', { both: ['left', 'right'] })]], i => ({ left: 'a,b', right: i })],
    [
      'a parent of two columns',
      Line,
      [[Line, by('rows', { line: ['line'] })]],
      (i, em) => {
        const pair = em.create(Pair, { left: 'p', right: i, tenantId: 'x', name: 'parent' });
        return { parent: pair, line: i };
      },
    ],
    [
      'another row',
      One,
      [[One, by('rows', { of: ['of'] })]],
      (i, em) => ({ of: em.create(Text, { code: `t${i}`, tenantId: 'x', name: 'parent' }) }),
    ],
  ];

  it.each(cases)(
    'of %s are found again by the relay, in a move, a delete and a backfill',
    async (_, entity, sync, key) => {
      await open(sync, { entities: [Big, Text, Uuid, Day, Bytes, Pair, Line, One], tenantry: { publish: 'relay' } });
      const em = system.em();
      const rows = [0, 1, 2, 3].map(
        i => em.create(entity as never, { ...key(i, em), tenantId: 'acme', name: `n${i}` } as never) as Row,
      );
      await em.flush();
      await system.drain();
      await expectConverged();
      expect((await addresses()).length).toBe(4);

      (rows[0] as Row).tenantId = 'zeta';
      (rows[1] as Row).name = 'new';
      await em.flush();
      em.remove(rows[2] as Row);
      await em.flush();
      await system.drain();
      await expectConverged();
      expect((await addresses()).length).toBe(3);

      await system.redis.del(...(await system.redis.keys(`${system.prefix}*`)));
      const progress = await system.replication.backfill(entity, { batchSize: 2 });
      expect(progress).toMatchObject({ rows: 3, applied: 3, failed: 0 });
      await expectConverged();
    },
  );

  const sameCase = 'that differ only in case for us and not for the database are one record';
  it.skipIf(isPostgres)(isPostgres ? `${sameCase} (skipped: PostgreSQL tells them apart)` : sameCase, async () => {
    await open([[Text, by('rows', { code: ['code'] })]], { entities: [Text] });
    const em = system.em();
    em.create(Text, { code: 'ABC', tenantId: 'acme', name: 'old' });
    await em.flush();
    const other = system.em();
    (other.getReference(Text, 'abc' as never) as unknown as ByText).name = 'new';
    await other.flush();
    expect(await system.value('acme', 'rows:code:ABC')).toMatchObject({ name: 'new' });
    await expectConverged();
    const third = system.em();
    third.remove(third.getReference(Text, 'aBc' as never));
    await third.flush();
    expect(await addresses()).toEqual([]);
  });

  it('of up to 640 escaped characters are replicated, longer ones are refused before anything is committed', async () => {
    await open([[Text, by('rows', { code: ['code'] })]], { entities: [Text] });
    const em = system.em();
    em.create(Text, { code: '😀'.repeat(53), tenantId: 'acme', name: 'long' });
    await em.flush();
    await expectConverged();
    expect(await addresses()).toHaveLength(1);
    em.create(Text, { code: '😀'.repeat(54), tenantId: 'acme', name: 'longer' });
    await expect(em.flush()).rejects.toMatchObject({ code: 'INVALID_KEY' });
    expect(await system.sql('select code from by_text')).toHaveLength(1);
  });
});
