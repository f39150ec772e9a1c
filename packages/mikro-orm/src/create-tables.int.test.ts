import { type FreshDatabase, freshDatabase, freshPrefix } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { createTables } from './create-tables.fixture.ts';
import { Deal, deals, Tag } from './database/application-story.fixture.ts';
import type { SyncEntry } from './definitions/definition-registry.ts';
import { Plan, plans } from './plans.fixture.ts';
import { openOrm, type TestORM } from './system.fixture.ts';
import { tenantry } from './tenantry.ts';

it('a test’s tables, keys and triggers are those that MikroORM makes', async ({ skip }) => {
  await using prefix = freshPrefix();
  const redis = new Redis(prefix.redisUrl);
  async function made(create: (orm: TestORM, database: FreshDatabase) => Promise<void>): Promise<string[]> {
    await using database = await freshDatabase();
    skip(database.kind === 'postgresql', 'there MikroORM itself makes them');
    const sync: SyncEntry[] = [[Deal, deals] as never, [Plan, plans]];
    const orm = await openOrm(database, {
      entities: [Deal, Tag, Plan],
      extensions: [tenantry({ redis, prefix: prefix.prefix, capture: 'trigger', sync })],
    });
    try {
      await create(orm, database);
      const ask = (sql: string) => orm.em.getConnection().execute<Record<string, string>[]>(sql);
      const tables = (await ask('show tables')).flatMap(row => Object.values(row));
      const shown = await Promise.all(tables.map(table => ask(`show create table ${table}`)));
      const triggers = (await ask('show triggers')).map(({ Created: _when, ...rest }) => rest);
      return [...shown.flat(), ...triggers].map(row => JSON.stringify(row));
    } finally {
      await orm.close(true);
    }
  }

  const ours = await made(createTables);
  expect(ours.length).toBeGreaterThan(8);
  expect(ours).toEqual(await made(orm => orm.schema.create()));
  redis.disconnect();
});
