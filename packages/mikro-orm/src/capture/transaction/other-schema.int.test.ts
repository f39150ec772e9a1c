import { freshDatabase, testServers } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, withoutVersions } from '../../system.fixture.ts';

// One schema for each tenant, chosen by the fork: two of them have a row of the same id.
const onPostgres = testServers().databaseUrl.startsWith('postgres');

describe.skipIf(onPostgres).each(['hooks', 'trigger'] as const)('with capture by %s', capture => {
  it('refuses to write a replicated row into another schema, and writes nothing of that flush', async () => {
    await using other = await freshDatabase();
    await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { capture } });
    await system.sql(`create table ${other.name}.plan like ${system.database.name}.plan`);
    const em = system.em();
    em.create(Plan, { id: 1, tenantId: 'acme', slug: 'gold' });
    await em.flush();
    const refused = { code: 'OTHER_SCHEMA', message: expect.stringContaining(`the schema "${other.name}"`) };

    const theirs = system.orm.em.fork({ schema: other.name });
    theirs.create(Plan, { id: 1, tenantId: 'zoo', slug: 'gold' });
    await expect(theirs.flush()).rejects.toMatchObject(refused);
    const byEntity = system.em();
    byEntity.create(Plan, { id: 2, tenantId: 'zoo', slug: 'silver' }, { schema: other.name });
    await expect(byEntity.flush()).rejects.toMatchObject(refused);
    const upserting = system.orm.em.fork({ schema: other.name });
    await expect(upserting.upsert(Plan, { id: 1, tenantId: 'zoo', slug: 'gold' })).rejects.toMatchObject(refused);
    expect(await system.sql(`select * from ${other.name}.plan`)).toEqual([]);

    // It is the same schema by its own name.
    const named = system.orm.em.fork({ schema: system.database.name });
    named.create(Plan, { id: 3, tenantId: 'acme', slug: 'iron' });
    await named.flush();
    await system.replication.settled();
    await system.drain();
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
    expect(Object.keys(await system.redisKeys())).toContain('acme/plans:id:3');
  });
});
