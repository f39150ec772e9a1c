import { type AnyOrm, auditLog, configStore, grants, replication, writeBack } from '@tenantry/mikro-orm';
import { databaseState } from '../database/server-state.ts';
import type { AdminBackend } from './admin-backend.ts';
import { writeTogether } from './write-together.ts';

/** An ORM with the `tenantry` extension. `NOT_REGISTERED` without it, or without `admin: true`. */
export function ormBackend(orm: AnyOrm): AdminBackend {
  const replicated = replication(orm);
  const store = configStore(orm);
  return {
    store,
    grants: grants(orm),
    audit: auditLog(orm),
    now: () => replicated.now(),
    writeTogether: (scope, changes, groups) => writeTogether({ orm, store }, scope, changes, groups),
    installation: () => replicated.installation(),
    problem: async () => (await databaseState(orm)).problem,
    servers: { orm, replication: replicated, writeBack: writeBack(orm) },
  };
}
