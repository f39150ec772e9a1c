import { EntitySchema } from '@mikro-orm/core';

/** The present state of one config of one tenant. Never deleted, so that its versions never begin again. */
export interface ConfigRow {
  id: number | string;
  tenant: string;
  /** The definition's `configKey`. */
  name: string;
  /** JSON text; null where it is not set. */
  value: string | null;
  /** 1, 2, 3…; 0: locked for a first write that did not happen. */
  version: number | string;
  /** ms since 1970: when the value ends by itself; null never. */
  expiresAt: number | string | null;
  /** ms since 1970; null while it is set. */
  deletedAt: number | string | null;
  /** ms since 1970: until then it counts as set, because a write-back of it is on its way. Null where there is no quota. */
  reservedUntil: number | string | null;
  updatedAt: number | string;
  updatedBy: string | null;
  /** Bytes of the value; read only where it is asked for. */
  size?: number | string | null;
}

/** One version of one config. Outlives the value. */
export interface ConfigRevisionRow {
  id: number | string;
  tenant: string;
  name: string;
  version: number | string;
  op: 'set' | 'unset' | 'expire';
  /** JSON text; null after an unset. */
  value: string | null;
  actor: string | null;
  reason: string | null;
  /** Where the value came from: `api`, `rollback of 3`, `file app.json#sha256…`, `write-back`. */
  origin: string;
  /** Names one acknowledged write-back, so that flushing it twice writes once. */
  writeId: string | null;
  createdAt: number | string;
}

const identity = {
  tenant: { fieldName: 'tenant', type: 'string', length: 128 },
  name: { fieldName: 'name', type: 'string', length: 128 },
} as const;

// Not JSON columns: their schema diff is never clean with the MySQL driver on MariaDB. `adaptTables` makes them long enough.
const JSON_TEXT = { type: 'text', nullable: true } as const;

/** The table `tenantry_config`, part of the application's own schema and migrations. */
export const Config: EntitySchema<ConfigRow> = new EntitySchema<ConfigRow>({
  name: 'TenantryConfig',
  tableName: 'tenantry_config',
  uniques: [{ name: 'tenantry_config_tenant_name', properties: ['tenant', 'name'] }],
  indexes: [
    { name: 'tenantry_config_name', properties: ['name'] },
    // Null in nearly every row: what has ended is the beginning of it.
    { name: 'tenantry_config_expires', properties: ['expiresAt'] },
  ],
  properties: {
    id: { fieldName: 'id', type: 'bigint', primary: true, autoincrement: true },
    ...identity,
    value: { fieldName: 'value', ...JSON_TEXT },
    version: { fieldName: 'version', type: 'bigint' },
    expiresAt: { fieldName: 'expires_at', type: 'bigint', nullable: true },
    deletedAt: { fieldName: 'deleted_at', type: 'bigint', nullable: true },
    reservedUntil: { fieldName: 'reserved_until', type: 'bigint', nullable: true },
    updatedAt: { fieldName: 'updated_at', type: 'bigint' },
    updatedBy: { fieldName: 'updated_by', type: 'string', length: 255, nullable: true },
    size: {
      fieldName: 'size',
      type: 'integer',
      nullable: true,
      lazy: true,
      persist: false,
      formula: ({ value }) => `octet_length(${value})`,
    },
  },
});

/** The table `tenantry_config_revision`. */
export const ConfigRevision: EntitySchema<ConfigRevisionRow> = new EntitySchema<ConfigRevisionRow>({
  name: 'TenantryConfigRevision',
  tableName: 'tenantry_config_revision',
  uniques: [{ name: 'tenantry_config_revision_version', properties: ['tenant', 'name', 'version'] }],
  properties: {
    id: { fieldName: 'id', type: 'bigint', primary: true, autoincrement: true },
    ...identity,
    version: { fieldName: 'version', type: 'bigint' },
    op: { fieldName: 'op', type: 'string', length: 8 },
    value: { fieldName: 'value', ...JSON_TEXT },
    actor: { fieldName: 'actor', type: 'string', length: 255, nullable: true },
    reason: { fieldName: 'reason', type: 'string', length: 1000, nullable: true },
    origin: { fieldName: 'origin', type: 'string', length: 255 },
    writeId: { fieldName: 'write_id', type: 'string', length: 24, nullable: true },
    createdAt: { fieldName: 'created_at', type: 'bigint' },
  },
});
