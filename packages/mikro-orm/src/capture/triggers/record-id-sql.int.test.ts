import { EntitySchema } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { encodeRecordId } from '@tenantry/protocol/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { HOSTILE_IDS } from '../../../../protocol/src/hostile-ids.fixture.ts';
import type { SyncEntry } from '../../definitions/definition-registry.ts';
import { openSystem, type TestSystem, withoutVersions } from '../../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

const open = async (sync: readonly SyncEntry[]) => {
  system = await openSystem({ sync, tenantry: { capture: 'trigger', publish: 'relay' } });
};

interface Row {
  tenantId: string;
  key: unknown;
}
const tenantId = { type: 'string', length: 400 } as const;
const rowOf = (key: object) =>
  new EntitySchema<Row>({
    name: 'Keyed',
    tableName: 'keyed`s',
    properties: { key: { fieldName: 'the `key`', primary: true, autoincrement: false, ...key } as never, tenantId },
  });
const keyed = defineSync<Row>()({ name: 'keyed', tenant: 'tenantId', keys: { key: ['key'] as never } });

const exact = 'utf8mb4_bin';
const texts = [...HOSTILE_IDS, '', "a'b", 'a"b', 'a`b', 'a\nb', 'a\tb', '~!()*', 'ABCxyz019-_.', '%41%61', '$1', '\\1'];

describe('a trigger spells a primary key as JavaScript does', () => {
  // R8, R16, G10
  it.each([
    [
      'of text',
      { type: 'string', length: 700, collation: exact },
      texts.filter(text => encodeRecordId([text]).length <= 640),
    ],
    [
      'of text in another character set',
      { type: 'string', length: 100, columnType: 'varchar(100) character set latin1' },
      ['a:b', 'é', 'ÿ', 'plain'],
    ],
    ['of text without case', { type: 'string', length: 100 }, ['aBc', 'ſ', 'K', 'Z']],
    ['of whole numbers', { type: 'integer', unsigned: false }, [0, 1, -1, 2 ** 31 - 1]],
    ['of bigints', { type: 'bigint', unsigned: false }, [0n, -1n, 2n ** 62n]],
    ['of unsigned bigints', { type: 'bigint', unsigned: true }, [1n, 2n ** 63n + 5n]],
    ['of bytes', { type: 'blob', columnType: 'varbinary(32)' }, [Buffer.from([0, 255, 10]), Buffer.from('a')]],
    ['of booleans', { type: 'boolean' }, [true, false]],
    ['of uuids', { type: 'uuid' }, ['0189f7a1-0000-7000-8000-000000000001']],
    ['of decimals', { type: 'decimal', precision: 10, scale: 2, unsigned: false }, ['1.50', '-2.00']],
    ['of days', { type: 'date' }, ['2024-02-29']],
    ['of a list of words', { enum: true, items: ['a', 'b-c'], type: 'string' }, ['a', 'b-c']],
  ] as [string, object, unknown[]][])('%s', async (_, key, values) => {
    const Keyed = rowOf(key);
    await open([[Keyed, keyed]]);
    const em = system.em();
    for (const value of values) em.create(Keyed, { key: value, tenantId: 'acme' } as never);
    await em.flush();
    const created = (await system.outbox()).map(row => row.recordId);
    expect(created.sort()).toEqual(values.map(value => encodeRecordId([value])).sort());
    await system.drain();
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
    await system.em().nativeUpdate(Keyed, {}, { tenantId: 'zeta' });
    await system.drain();
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
    await system.em().nativeDelete(Keyed, {});
    await system.drain();
    expect(await withoutVersions(system)).toEqual({});
  });

  it('of several columns', async () => {
    interface Pair {
      left: string;
      right: number;
    }
    const Pair = new EntitySchema<Pair>({
      name: 'Pair',
      properties: { left: { type: 'string', primary: true }, right: { type: 'integer', primary: true } },
    });
    await open([[Pair, defineSync<Pair>()({ name: 'pairs', keys: { both: ['left', 'right'] } })]]);
    await system.em().insert(Pair, { left: 'a,b:{c}', right: 7 });
    await system.sql("update pair set `left` = 'x'");
    expect((await system.outbox()).map(({ recordId, op }) => `${op} ${recordId}`)).toEqual([
      'create a%2Cb%3A%7Bc%7D,7',
      'delete a%2Cb%3A%7Bc%7D,7',
      'update x,7',
    ]);
    await system.drain();
    expect(Object.keys(await system.redisKeys())).toEqual(['@global/pairs:both:x:7']);
  });

  it('or refuses the write of one that is too long once escaped, and the start with one only JavaScript knows', async () => {
    const Keyed = rowOf({ type: 'string', length: 700, collation: exact });
    await open([[Keyed, keyed]]);
    await system.sql("set session sql_mode = ''");
    await system.em().insert(Keyed, { key: '😀'.repeat(53), tenantId: 'acme' } as never);
    const longer = system.em().insert(Keyed, { key: '😀'.repeat(54), tenantId: 'acme' } as never);
    await expect(longer).rejects.toThrow(/640 characters once escaped/);
    await system[Symbol.asyncDispose]();
    await expect(open([[rowOf({ type: 'datetime' }), keyed]])).rejects.toMatchObject({ code: 'INVALID_DEFINITION' });
  });

  // R15, R16
  it('and a tenant that is none disturbs neither the write nor the others', async () => {
    const Keyed = rowOf({ type: 'integer' });
    await open([[Keyed, keyed]]);
    await system.em().insertMany(Keyed, [
      { key: 1, tenantId: '' },
      { key: 2, tenantId: ' x' },
      { key: 3, tenantId: 'x'.repeat(300) },
      { key: 4, tenantId: '{x}:a' },
      { key: 5, tenantId: '__proto__' },
    ] as never);
    await system.replication.relay();
    expect(Object.keys(await system.redisKeys())).toEqual(['{x}:a/keyed:key:4', '__proto__/keyed:key:5']);
    expect(await system.replication.backlog()).toEqual({ waiting: 3, dead: 0 });
    await system.em().nativeUpdate(Keyed, {}, { tenantId: 'acme' });
    await system.drain();
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  });
});
