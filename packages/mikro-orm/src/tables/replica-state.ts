import { EntitySchema } from '@mikro-orm/core';

/** What the database remembers of one Redis it is replicated to. */
export interface ReplicaStateRow {
  /** The first part of its Redis names. */
  prefix: string;
  /** The mark that Redis has at least; 0 none yet. */
  confirmed: number | string;
  /** The mark it may have by now. */
  announced: number | string;
  /** The identity of this database under the prefix, once it was asked for. */
  installation?: string | null;
}

/** The table `tenantry_replica`, part of the application's own schema and migrations. */
export const ReplicaState: EntitySchema<ReplicaStateRow> = new EntitySchema<ReplicaStateRow>({
  name: 'TenantryReplica',
  tableName: 'tenantry_replica',
  properties: {
    prefix: { fieldName: 'prefix', type: 'string', length: 64, primary: true },
    confirmed: { fieldName: 'confirmed', type: 'bigint' },
    announced: { fieldName: 'announced', type: 'bigint' },
    installation: { fieldName: 'installation', type: 'string', length: 32, nullable: true },
  },
});
