import { EntitySchema } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { SyncEntry } from '../../definitions/definition-registry.ts';
import { openSystem, type TestSystem, withoutVersions } from '../../system.fixture.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

// biome-ignore lint/suspicious/noExplicitAny: the key has another type in each case.
type Row = Record<string, any>;

function entityOf(key: object): [entity: EntitySchema<Row>, sync: SyncEntry] {
  const Thing = new EntitySchema<Row>({
    name: 'Thing',
    properties: {
      key: { ...key, fieldName: 'k', primary: true, autoincrement: false },
      tenantId: { type: 'string', length: 40 },
      name: { type: 'string', default: '' },
    },
  } as never);
  const sync = defineSync<Row>()({ name: 'things', tenant: 'tenantId', keys: { key: ['key'] } } as never);
  return [Thing, [Thing, sync as unknown as SyncEntry[1]]];
}

async function expectConverged(): Promise<void> {
  await system.replication.settled();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(await system.outbox()).toEqual([]);
}

const kept: [what: string, key: object, given: unknown[]][] = [
  [
    'a date with milliseconds, in a column without',
    { type: 'datetime' },
    [1_700_000_000_123, 1_700_000_100_500, 1_700_000_200_999].map(ms => new Date(ms)),
  ],
  [
    'a date with milliseconds, in a timestamp with one digit',
    { type: 'datetime', columnType: 'timestamp(1)' },
    [new Date(1_700_000_000_149)],
  ],
  ['text with blanks at its end', { type: 'string', columnType: 'char(10)' }, ['ab  ', 'cd ', 'ef']],
  ['bytes that are too few', { type: 'blob', columnType: 'binary(4)' }, [Buffer.from('ab'), Buffer.from('abcd')]],
  ['a set in another order', { type: 'string', columnType: "set('a','b','c')" }, ['b,a', 'c,a,b', 'c']],
  ['a decimal without its zeros', { type: 'decimal', precision: 10, scale: 2 }, ['1.5', '2', '3.25', '007']],
  ['a time without seconds', { type: 'string', columnType: 'time' }, ['10:30', '9:00:00']],
  ['a year of two digits', { type: 'integer', columnType: 'year' }, [24, 1999]],
];

describe.skipIf(isPostgres)('a key that the database keeps otherwise than it was given', () => {
  it.each(kept)('names the record as it is kept: %s', async (_, key, given) => {
    const [Thing, sync] = entityOf(key);
    system = await openSystem({ sync: [sync] });
    const em = system.em();
    for (const each of given) em.create(Thing, { key: each, tenantId: 'acme' });
    await em.flush();
    await expectConverged();
    expect(Object.keys(await system.redisKeys())).toHaveLength(given.length);
    await system.em().transactional(async each => {
      for (const row of await each.find(Thing, {})) row.tenantId = 'beta';
    });
    await expectConverged();
    expect(Object.keys(await system.redisKeys()).every(each => each.startsWith('beta/'))).toBe(true);
    const last = system.em();
    for (const row of await last.find(Thing, {})) last.remove(row);
    await last.flush();
    await expectConverged();
    expect(await system.redisKeys()).toEqual({});
  });

  // With every column given: otherwise MikroORM looks for the row, and throws where it is not called as it was.
  it.each(kept)('names the record as it is kept, given by an upsert: %s', async (_, key, given) => {
    const [Thing, sync] = entityOf(key);
    system = await openSystem({ sync: [sync] });
    await system.em().transactional(async em => {
      for (const each of given) await em.upsert(Thing, { key: each, tenantId: 'acme', name: 'new' });
    });
    await expectConverged();
    expect(Object.keys(await system.redisKeys())).toHaveLength(given.length);
  });

  it('is reported where the row cannot be found again, and kept as a dead row; never taken for a delete', async () => {
    const [Thing, sync] = entityOf({ type: 'float', columnType: 'float' });
    system = await openSystem({ sync: [sync] });
    const em = system.em();
    em.create(Thing, { key: 0.1, tenantId: 'acme' });
    em.create(Thing, { key: 0.5, tenantId: 'acme' });
    await em.flush();
    await system.replication.settled();
    expect(Object.keys(await system.redisKeys())).toEqual(['acme/things:key:0.5']);
    expect(system.reportsOf('failed')).toMatchObject([
      { definition: 'things', recordId: '0.1', dead: true, error: { code: 'INVALID_KEY' } },
    ]);
    expect(await system.replication.deadRows()).toMatchObject([{ definition: 'things', recordId: '0.1' }]);
  });
});

const spellings: [what: string, key: object, first: string, second: string][] = [
  ['text in another case', { type: 'string', length: 40 }, 'abc', 'ABC'],
  [
    'a uuid in another case',
    { type: 'uuid' },
    '0189f7a1-0000-7000-8000-00000000000a',
    '0189F7A1-0000-7000-8000-00000000000A',
  ],
  ['a decimal without its zeros', { type: 'decimal', precision: 10, scale: 2 }, '1.50', '1.5'],
];

describe.skipIf(isPostgres)('an upsert that names a row in another spelling', () => {
  it.each(spellings)('and moves it takes it out of its old tenant: %s', async (_, key, first, second) => {
    const [Thing, sync] = entityOf(key);
    system = await openSystem({ sync: [sync] });
    const em = system.em();
    em.create(Thing, { key: first, tenantId: 'acme' });
    await em.flush();
    await system
      .em()
      .transactional(async each => void (await each.upsert(Thing, { key: second, tenantId: 'beta', name: 'new' })));
    await expectConverged();
    const owners = Object.keys(await system.redisKeys());
    expect(owners).toHaveLength(1);
    expect(owners[0]).toMatch(/^beta/);
  });
});
