import { type EntityProperty, EntitySchema, Type } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSystem, type TestSystem, withoutVersions } from '../system.fixture.ts';
import type { SyncEntry } from './definition-registry.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');

/** Text in JavaScript, 16 bytes in the database. */
class BinaryUuid extends Type<string, Buffer> {
  override convertToDatabaseValue(value: string) {
    return Buffer.from(value.replaceAll('-', ''), 'hex');
  }
  override convertToJSValue(value: Buffer) {
    return value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
  override getColumnType() {
    return isPostgres ? 'bytea' : 'binary(16)';
  }
}

/** `no-7` in JavaScript, 7 in the database. */
class Numbered extends Type<string, number> {
  override convertToDatabaseValue(value: string) {
    return Number(value.slice(3));
  }
  override convertToJSValue(value: number) {
    return `no-${value}`;
  }
  override getColumnType() {
    return 'int';
  }
}

const uuid = (i: number) => `0189f7a1-0000-7000-8000-${i.toString(16).padStart(12, '0')}`;
const shapes: [string, Partial<EntityProperty>, (i: number) => unknown, captures: string[]][] = [
  ['a custom type of bytes', { type: BinaryUuid as never }, uuid, ['hooks']],
  ['a custom type of numbers', { type: Numbered as never }, i => `no-${i}`, ['hooks']],
  ['uuid', { type: 'uuid' }, uuid, ['hooks', 'trigger']],
  ['bigint', { type: 'bigint', runtimeType: 'bigint' }, i => 2n ** 60n + BigInt(i), ['hooks', 'trigger']],
  ['text', { type: 'string', length: 40 }, i => `é ${i},%`, ['hooks', 'trigger']],
  ['number', { type: 'integer' }, i => i, ['hooks', 'trigger']],
];

/** Every role that a key can have: primary key, tenant, sync key, one end of a relation, part of a composite key. */
function entitiesOf(key: Partial<EntityProperty>) {
  const primary = { ...key, primary: true };
  const one = (entity: () => unknown, more = {}) => ({ kind: 'm:1', entity, ...more });
  const of = (name: string, properties: object): EntitySchema =>
    new EntitySchema({ name, tableName: `t_${name.toLowerCase()}`, properties } as never);
  const Org = of('Org', { id: primary });
  const Tag = of('Tag', { id: primary });
  const Seat = of('Seat', {
    id: primary,
    org: one(() => Org),
    label: { ...key, unique: true },
    tags: { kind: 'm:n', entity: () => Tag, pivotTable: 'seat_tags' },
  });
  const Slot = of('Slot', { seat: one(() => Seat, { primary: true }), day: primary, owner: key });
  const Part: EntitySchema = of('Part', { slot: one(() => Slot, { primary: true }), line: primary, owner: key });
  return { Org, Tag, Seat, Slot, Part };
}

for (const [shape, key, value, captures] of shapes)
  for (const capture of captures as ('hooks' | 'trigger')[])
    describe.skipIf(isPostgres && capture === 'trigger')(`keys of ${shape}, captured by ${capture}`, () => {
      const { Org, Tag, Seat, Slot, Part } = entitiesOf(key);
      const by = (name: string, tenant: string, keys: object) =>
        defineSync<never>()({ name, tenant, keys } as never) as unknown as SyncEntry[1];
      const sync: SyncEntry[] = [
        [Seat, by('seats', 'org', { id: ['id'], label: ['label'] })],
        [Slot, by('slots', 'owner', { day: ['day'] })],
        [Part, by('parts', 'owner', { line: ['line'] })],
      ];
      let system: TestSystem;
      const [a, b, tag] = [value(1), value(2), value(3)];
      type Em = ReturnType<TestSystem['em']>;
      type Row = Record<string, unknown>;

      /** In a memory of its own. */
      async function step(work: (em: Em) => unknown): Promise<void> {
        const em = system.em();
        await work(em);
        await em.flush();
        await system.replication.settled();
        expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
        expect(await system.outbox()).toEqual([]);
      }

      // To open a system for each test would be half of what a test takes.
      beforeAll(async () => {
        system = await openSystem({ sync, entities: [Org, Tag, Seat, Slot, Part], tenantry: { capture } });
      });
      afterAll(() => system?.[Symbol.asyncDispose]());
      beforeEach(async () => {
        const em = system.em();
        for (const id of [a, b]) em.create(Org as never, { id } as never);
        em.create(Tag as never, { id: tag } as never);
        await em.flush();
        await step(inner => {
          for (let i = 10; i < 16; i++) {
            const [id, label] = [value(i), value(100 + i)];
            const seat = inner.create(Seat as never, { id, label, org: a, tags: [tag] } as never);
            const slot = inner.create(Slot as never, { seat, day: value(200 + i), owner: a } as never);
            inner.create(Part as never, { slot, line: value(300 + i), owner: a } as never);
          }
        });
        expect(Object.keys(await system.redisKeys())).toHaveLength(24);
      });
      /** By nobody's hook; what triggers tell of it goes, too. */
      afterEach(async () => {
        const tables = ['t_part', 't_slot', 'seat_tags', 't_seat', 't_tag', 't_org', 'tenantry_outbox'];
        await system.database.run(tables.map(table => `delete from ${table};`).join(' '));
        await forgetKeys();
      });
      const forgetKeys = async () => system.redis.del(...(await system.redis.keys(`${system.prefix}*`)));
      const seatId = (i: number) => value(i) as never;
      const slotId = (i: number) => [value(i), value(200 + i)] as never;
      const partId = (i: number) => [slotId(i), value(300 + i)] as never;
      const moved = (row: object, to: Row) => Object.assign(row, to);

      it('leave no record behind: rows that move, loaded or by reference', async () => {
        await step(async em => em.assign(await em.findOneOrFail(Seat as never, seatId(10)), { org: b } as never));
        await step(em => em.assign(em.getReference(Seat as never, seatId(11)), { org: b } as never));
        await step(em => moved(em.getReference(Slot as never, slotId(12)), { owner: b }));
        await step(em => moved(em.getReference(Part as never, partId(13)), { owner: b }));
        await step(async em => {
          const label = { label: value(100 + 14) } as never;
          moved(await em.findOneOrFail(Seat as never, label), { label: value(999) });
        });
        const tenants = Object.keys(await system.redisKeys()).map(each => each.split('/')[0]);
        expect(tenants.filter(each => each === String(b))).toHaveLength(6);
      });

      it('leave no record behind: rows that are deleted, loaded or by reference (but bigints above 2^53 on MySQL)', async ({
        skip,
      }) => {
        const isLost = shape === 'bigint' && system.database.kind === 'mysql';
        skip(
          isLost,
          "MikroORM's delete of a composite key compares bigints as text, and MySQL finds no row above 2^53",
        );
        await step(em => em.remove(em.getReference(Part as never, partId(10))));
        await step(async em => em.remove(await em.findOneOrFail(Part as never, { line: value(311) } as never)));
        await step(em => em.remove(em.getReference(Slot as never, slotId(10))));
        await step(em => em.remove(em.getReference(Seat as never, seatId(10))));
        await step(async em => em.remove(await em.findOneOrFail(Tag as never, tag as never)));
        expect(Object.keys(await system.redisKeys())).toHaveLength(24 - 2 - 1 - 2);
      });

      it('leave no record behind: rows that an upsert moves', async () => {
        const seat = { id: value(15), org: b, label: value(115) };
        await step(em => em.transactional(async t => void (await t.upsert(Seat as never, seat as never))));
        const other = { id: value(14), org: b, label: value(114) };
        await step(em => em.transactional(async t => void (await t.upsert(Seat as never, other as never))));
        const tenants = Object.keys(await system.redisKeys()).map(each => each.split('/')[0]);
        expect(tenants.filter(each => each === String(b))).toHaveLength(4);
      });

      it('are found again by a fill, an audit and a repair (but bigints above 2^53 on MySQL)', async ({ skip }) => {
        const isLost = shape === 'bigint' && system.database.kind === 'mysql';
        skip(isLost, 'MySQL compares bound parameters with bigints as doubles, and finds no next page above 2^53');
        const everything = await system.redisKeys();
        await forgetKeys();
        for (const entity of [Seat, Slot, Part])
          expect(await system.replication.backfill(entity, { batchSize: 2 })).toMatchObject({ rows: 6, applied: 6 });
        expect(Object.keys(await system.redisKeys())).toEqual(Object.keys(everything));
        const [one] = await system.redis.keys(`${system.prefix}:{*}:k:parts:*`);
        await system.redis.del(one as string);
        expect(await system.replication.audit({ repair: true, batchSize: 2 })).toMatchObject({ left: 0, repaired: 1 });
        expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
      });
    });
