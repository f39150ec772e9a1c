// What an application adds to its ORM.

export type { CheckedSync, SyncEntry } from './source-registry.ts';
export { type TenantryExtension, tenantry } from './tenantry.ts';
export type { TenantryOptions } from './tenantry-options.ts';

// What it is told.

export type {
  DeferredReport,
  FailedReport,
  FilledReport,
  OnReport,
  PublishedBy,
  PublishedRecord,
  PublishedReport,
  ReplicationReport,
  WarningReport,
} from './report.ts';

// What it, a worker or an operator does beside flushing.

export type { BackfillOptions, BackfillProgress } from './backfill.ts';
export type { DeadRow } from './dead-rows.ts';
export type { RelayResult } from './relay.ts';
export { type Replication, replication } from './replication.ts';

// The config store: typed configs per tenant.

export type { ConfigHistory, ConfigVersion } from './config-history.ts';
export type { ConfigState, StateTotals, TenantState } from './config-state.ts';
export {
  type BulkOptions,
  type ConfigStore,
  configStore,
  type EntryResult,
  type Identity,
  type Page,
  type PageOptions,
  type PatchOf,
  type StoredConfig,
  type TenantConfigs,
  type WriteEntry,
  type WriteOptions,
  type WriteResult,
} from './config-store.ts';
export type { JsonPatchOperation } from './json-diff.ts';
export type { ListedConfig, ListOptions } from './list-configs.ts';
export type { TenantsOptions } from './list-tenants.ts';
export { MASK } from './mask-secrets.ts';
