import { type AnyOrm, auditLog, configStore, grants, replication, writeBack } from '@tenantry/mikro-orm';
import { databaseState } from '../database/server-state.ts';
import type { AdminBackend } from './admin-backend.ts';
import { storeOf } from './store-of.ts';

/** An ORM with the `tenantry` extension. `NOT_REGISTERED` without it, or without `admin: true`. */
export function ormBackend(orm: AnyOrm): AdminBackend {
  const replicated = replication(orm);
  const store = configStore(orm);
  return {
    store,
    grants: grants(orm),
    audit: auditLog(orm),
    now: () => replicated.now(),
    async writeTogether(scope, changes, refuse) {
      const configs = storeOf(store, scope);
      const versions = new Map<string, number>();
      await orm.em.fork().transactional(async em => {
        // In one order: two bulks then wait for each other, and neither for what the other holds.
        for (const { config, value, ifVersion } of changes.toSorted((a, b) =>
          a.config.name < b.config.name ? -1 : 1,
        )) {
          const options = { em, ifVersion };
          const written = value === undefined ? configs.unset(config, options) : configs.set(config, value.is, options);
          versions.set(config.name, (await written.catch(error => refuse(error, config.name))).version);
        }
      });
      return versions;
    },
    problem: async () => (await databaseState(orm)).problem,
    servers: { orm, replication: replicated, writeBack: writeBack(orm) },
  };
}
