import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Options } from '@mikro-orm/core';
import { Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM as SqliteORM } from '@mikro-orm/sqlite';
import { freshDatabase, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../plans.fixture.ts';
import { openOrm, type TestORM } from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';

const redis = new Redis(testServers().redisUrl, { lazyConnect: true });
const folder = mkdtempSync(join(tmpdir(), 'tenantry-migrations-'));
afterAll(() => {
  redis.disconnect();
  rmSync(folder, { recursive: true });
});

const options = ({ capture = 'hooks', ...extra }: Extra = {}): Partial<Options> => ({
  entities: [Plan, Limit] as never,
  migrations: { path: folder, snapshot: false },
  ...extra,
  extensions: [
    Migrator,
    tenantry({
      redis,
      capture,
      sync: [
        [Plan, plans],
        [Limit, limits],
      ],
    }),
  ],
});

type Extra = Partial<Options> & { capture?: 'hooks' | 'trigger' };

const places = [
  ['the server', 'the outbox', 'hooks'],
  ['the server', 'the outbox with triggers', 'trigger'],
  ['SQLite', 'the outbox', 'hooks'],
] as const;
// Triggers are for MySQL and MariaDB.
const hasTriggers = !testServers().databaseUrl.startsWith('postgres');

describe.each(places.filter(([, , capture]) => hasTriggers || capture === 'hooks'))('on %s %s', (where, _, capture) => {
  /** Two ORMs after each other on one database; SQLite's is a file for that. */
  async function withDatabase(work: (open: (extra?: Extra) => Promise<TestORM>) => Promise<void>) {
    await using database = await freshDatabase();
    const dbName = join(folder, `${database.name}.sqlite`);
    const open = (extra?: Extra): Promise<TestORM> =>
      where === 'SQLite'
        ? (SqliteORM.init({ dbName, ...options({ capture, ...extra }) } as never) as unknown as Promise<TestORM>)
        : openOrm(database, options({ capture, ...extra }));
    await work(open);
  }

  it('comes with the schema, which has nothing left to change then', () =>
    withDatabase(async open => {
      const orm = await open();
      expect(await orm.schema.getCreateSchemaSQL()).toContain('tenantry_outbox');
      await orm.schema.create();
      expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
      await orm.schema.update();
      expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
      await orm.close();
      const again = await open();
      expect(await again.schema.getUpdateSchemaSQL()).toBe('');
      if (capture === 'trigger') await expectSwitch(again, open);
      await again.schema.drop();
      await again.close();
    }));

  it('comes with a migration, after which there is none to create', () =>
    withDatabase(async open => {
      const first = await open();
      const { diff } = await first.migrator.create();
      expect(diff.up.join()).toContain('tenantry_outbox');
      await first.close();
      class Initial extends Migration {
        override up(): void {
          for (const sql of diff.up) this.addSql(sql);
        }
      }
      const migrationsList = [{ name: 'Initial', class: Initial }];
      const second = await open({ migrations: { path: folder, snapshot: false, migrationsList } });
      await second.migrator.up();
      const next = await second.migrator.create();
      expect(next.fileName).toBe('');
      expect(next.diff.up).toEqual([]);
      await second.close();
    }));
});

/** Back to hooks, the schema drops the triggers; forward again, it brings them. */
async function expectSwitch(orm: TestORM, open: (extra?: Extra) => Promise<TestORM>): Promise<void> {
  const count = async () => (await orm.em.execute('show triggers')).length;
  expect(await count()).toBe(6);
  const hooks = await open({ capture: 'hooks' });
  await hooks.schema.update();
  expect(await count()).toBe(0);
  expect(await hooks.schema.getUpdateSchemaSQL()).toBe('');
  await hooks.close();
  const triggers = await open();
  await triggers.schema.update();
  expect(await count()).toBe(6);
  expect(await triggers.schema.getUpdateSchemaSQL()).toBe('');
  await triggers.close();
}

it('an outbox of SQLite and one of the server live in one process', async () => {
  await using database = await freshDatabase();
  const small = (await SqliteORM.init({ dbName: ':memory:', ...options() } as never)) as unknown as TestORM;
  const large = await openOrm(database, options());
  expect(await small.schema.getCreateSchemaSQL()).toContain('`id` integer not null primary key autoincrement');
  expect(await large.schema.getCreateSchemaSQL()).toMatch(/[`"]tenantry_outbox[`"] \([`"]id[`"] big(int|serial)/);
  await small.close();
  await large.close();
});
