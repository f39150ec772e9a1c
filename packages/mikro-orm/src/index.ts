// What an application adds to its ORM.

export type { CheckedSync, SyncEntry } from './source-registry.ts';
export { type TenantryExtension, tenantry } from './tenantry.ts';
export type { TenantryOptions } from './tenantry-options.ts';

// What it is told.

export type {
  AuditedReport,
  DeadLetteredReport,
  DeferredReport,
  FailedReport,
  FilledReport,
  FlushedReport,
  OnReport,
  PublishedBy,
  PublishedRecord,
  PublishedReport,
  ReplicationReport,
  RewoundReport,
  WarningReport,
} from './report.ts';

// What it, a worker or an operator does beside flushing.

export type { AuditFinding, AuditSummary } from './audit.ts';
export type { AuditOptions } from './audit-options.ts';
export type { BackfillOptions, BackfillProgress } from './backfill.ts';
export type { HistoryVerdict } from './compare-histories.ts';
export type { Reconcile } from './create-reconcile.ts';
export type { DeadRow } from './dead-rows.ts';
export type { FindingKind } from './judge-record.ts';
export type { RelayResult } from './relay.ts';
export { type Replication, replication } from './replication.ts';
export type { ResyncOptions } from './resync.ts';

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
export type { JanitorOptions } from './trim-revisions.ts';

// What readers load from that have a database.

export { databaseSource } from './database-source.ts';

// Write-back: what workers and operators do about values that the database does not have yet.

export type { DeadLetter } from './dead-letters.ts';
export type { FlushResult } from './flush-dirty.ts';
export { type WriteBack, writeBack } from './write-back.ts';
