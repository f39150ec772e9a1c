import { MikroORM as SqliteORM } from '@mikro-orm/sqlite';
import { defineSync } from '@tenantry/protocol';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import type { SyncEntry } from '../../definitions/definition-registry.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { tenantry } from '../../tenantry.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

const nameOf = async (end: string) => {
  const [trigger] = await system.sql<{ name: string }>(
    'select trigger_name as name from information_schema.triggers where trigger_schema = database() and trigger_name like ?',
    [`tenantry%${end}`],
  );
  return trigger?.name;
};

describe('where triggers are to capture', () => {
  it('and the database lacks them, a warning says so once', async () => {
    system = await openSystem({ sync: [[Plan, plans]], tenantry: { capture: 'trigger' } });
    await system.sql(`drop trigger ${await nameOf('after_update_plan')}`);
    for (const slug of ['a', 'b']) {
      const em = system.em();
      em.create(Plan, { tenantId: 'acme', slug });
      await em.flush();
      await system.replication.relay();
    }
    expect(system.reportsOf('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/no trigger tenantry_[0-9a-f]{8}_after_update_plan: /),
    ]);
  });

  // G1: pgsync#205: what the definitions were is captured on, what they are is not.
  it('and has those of other definitions, a warning names the table and says what to do', async () => {
    system = await openSystem({ sync: [[Plan, plans]], tenantry: { capture: 'trigger' } });
    const short = defineSync<Plan>()({ name: 'short', tenant: 'tenantId', keys: { id: ['id'] }, pick: ['slug'] });
    const sync: SyncEntry[] = [
      [Plan, plans],
      [Plan, short],
    ];
    const { database, prefix } = system;
    await using next = await openSystem({ sync, database, prefix, tenantry: { capture: 'trigger' } });
    await next.replication.relay();
    await next.replication.relay();
    expect(next.reportsOf('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/the triggers of plan are not those .*Create a migration/),
    ]);
    await next.orm.schema.update();
    expect(await next.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    await using last = await openSystem({ sync, database, prefix, tenantry: { capture: 'trigger' } });
    await last.replication.relay();
    expect(last.reportsOf('warning')).toEqual([]);
  });

  it('another application on the same database keeps its own, and neither sees a drift', async () => {
    const definition = (name: string) => defineSync<Plan>()({ name, tenant: 'tenantId', keys: { id: ['id'] } });
    system = await openSystem({ sync: [[Plan, definition('shop-plans')]], tenantry: { capture: 'trigger' } });
    const { database } = system;
    const sync: SyncEntry[] = [[Plan, definition('billing-plans')]];
    await using billing = await openSystem({ sync, database, tenantry: { capture: 'trigger' } });
    await billing.orm.schema.update();
    for (const { orm } of [system, billing]) expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    await system.sql("insert into plan (slug, tenant_id, name) values ('a', 'acme', '')");
    for (const each of [system, billing]) await each.replication.relay();
    expect([await system.value('acme', 'shop-plans:id:1'), await billing.value('acme', 'billing-plans:id:1')]).toEqual([
      expect.objectContaining({ slug: 'a' }),
      expect.objectContaining({ slug: 'a' }),
    ]);
    // Going back to hooks drops the application's own triggers alone.
    await using hooks = await openSystem({ sync, database, prefix: billing.prefix });
    await hooks.orm.schema.update();
    expect((await system.sql('show triggers')).map(({ Statement }) => String(Statement))).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining('shop-plans')),
    );
  });

  it('an entity that is discovered again keeps them', async () => {
    system = await openSystem({ sync: [[Plan, plans]], tenantry: { capture: 'trigger' } });
    system.orm.discoverEntity(Plan as never, 'Plan' as never);
    expect(await system.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
  });

  it('another database is refused', async () => {
    const redis = new Redis({ lazyConnect: true });
    const extensions = [tenantry({ redis, sync: [[Plan, plans]], capture: 'trigger' })];
    const start = SqliteORM.init({ dbName: ':memory:', entities: [Plan], extensions } as never);
    await expect(start).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('MariaDB') });
    expect(() => tenantry({ redis, sync: [], capture: 'both' as never })).toThrow(/'hooks' or 'trigger'/);
    redis.disconnect();
  });
});
