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
    async writeTogether(scope, changes) {
      const writes = changes.map(({ config: definition, value, ifVersion }) => ({ definition, value, ifVersion }));
      const written = await storeOf(store, scope).writeMany(writes);
      return new Map(changes.map(({ config }, i) => [config.name, written[i]?.version as number]));
    },
    installation: () => replicated.installation(),
    problem: async () => (await databaseState(orm)).problem,
    servers: { orm, replication: replicated, writeBack: writeBack(orm) },
  };
}
