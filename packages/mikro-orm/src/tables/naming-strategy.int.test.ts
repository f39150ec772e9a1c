import { AbstractNamingStrategy, EntityCaseNamingStrategy } from '@mikro-orm/core';
import { defineConfig } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { auditLog } from '../audit-log/audit-log.ts';
import { configStore } from '../config-store/config-store.ts';
import { databaseSource } from '../configs/database-source.ts';
import { grants } from '../grants/grants.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, withoutVersions } from '../system.fixture.ts';

const mode = defineConfig({
  name: 'mode',
  schema: z.object({ on: z.boolean() }),
  default: { on: false },
  cacheTimeout: '30s',
  databaseTimeout: '60s',
});

/** An application whose columns begin with a letter of their own. */
class Prefixed extends AbstractNamingStrategy {
  classToTableName = (name: string): string => `t_${name.toLowerCase()}`;
  joinColumnName = (name: string): string => `c_${name}`;
  joinKeyColumnName = (name: string, column?: string): string => `c_${name}_${column ?? 'id'}`;
  joinTableName = (source: string, _target: string, property: string): string => `t_${source}_${property}`;
  propertyToColumnName = (name: string): string => `c_${name}`;
  referenceColumnName = (): string => 'c_id';
}

const strategies = { 'of MikroORM’s that keeps camel case': EntityCaseNamingStrategy, 'of its own': Prefixed };
const captures = testServers().databaseUrl.startsWith('postgres') ? ['hooks'] : ['hooks', 'trigger'];

for (const [whose, namingStrategy] of Object.entries(strategies))
  for (const capture of captures as ('hooks' | 'trigger')[])
    it(`replicates, relays, stores and audits with a naming strategy ${whose} (${capture})`, async () => {
      await using system = await openSystem({
        sync: [[Plan, plans]],
        orm: { namingStrategy },
        tenantry: { admin: true, capture, configs: [mode], maxConfigsPerTenant: 5 },
      });
      const em = system.em();
      em.create(Plan, { tenantId: 'acme', slug: 'gold' });
      await em.flush();
      expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
      expect(system.reportsOf('deferred')).toEqual([]);

      const store = configStore(system.orm);
      expect(await store.tenant('acme').set(mode, { on: true })).toMatchObject({ version: 1, published: 'now' });
      expect(await store.tenant('acme').history(mode)).toMatchObject({ items: [{ version: 1 }] });
      expect(await databaseSource(system.orm).load('acme', [mode])).toMatchObject([{ version: 1 }]);
      expect(await store.tenants()).toMatchObject({ items: ['acme'] });
      const given = await grants(system.orm).give({ who: 'user:ann', verbs: ['edit'], scope: '*' });
      expect(await grants(system.orm).all()).toEqual([given]);
      expect((await auditLog(system.orm).list()).items).toMatchObject([{ action: 'grant.give' }, { version: 1 }]);
      expect(await auditLog(system.orm).trim({ olderThanMs: 3_600_000 })).toBe(0);
      await store.trimRevisions();
      await system.replication.settled();
      await system.replication.relay();
      expect(await system.outbox()).toEqual([]);
      expect(await system.replication.audit()).toMatchObject({ left: 0, complete: true });
    });
