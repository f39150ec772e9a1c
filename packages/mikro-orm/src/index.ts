// What an application adds to its ORM.

export type { AnyOrm } from './database/any-orm.ts';
export type { CheckedSync, SyncEntry } from './definitions/definition-registry.ts';
export type { WithoutHidden } from './definitions/without-hidden.ts';
export type { PublishMode } from './publish/commits/commit-publisher.ts';
export { type TenantryExtension, tenantry } from './tenantry.ts';
export type { TenantryOptions } from './tenantry-options.ts';

// What it is told.

export type {
  AuditedReport,
  DeadLetteredReport,
  DeferredReport,
  FailedReport,
  FilledReport,
  FindingKind,
  FlushedReport,
  OnReport,
  PublishedBy,
  PublishedRecord,
  PublishedReport,
  ReplicationReport,
  RewoundReport,
  WarningReport,
} from './reports/report.ts';

// What it, a worker or an operator does beside flushing.

export type { BackfillOptions, BackfillProgress } from './backfill/backfill.ts';
export type { DeadRow } from './outbox/dead-letters.ts';
export type { WithToken } from './publish/commits/commit-tokens.ts';
export type { ReadTokenOwner } from './publish/commits/read-token.ts';
export type { VisibleOptions } from './publish/commits/until-visible.ts';
export type { RelayResult } from './publish/relay.ts';
export type { AuditOptions } from './reconcile/audit/audit-options.ts';
export type { AuditFinding, AuditSummary } from './reconcile/audit/audit-summary.ts';
export type { Reconcile } from './reconcile/reconciler.ts';
export type { HistoryVerdict } from './reconcile/rewind/detect-rewind.ts';
export type { ResyncOptions } from './reconcile/rewind/resync.ts';
export { type RegisteredEntity, type Replication, replication } from './replication.ts';

// The config store: typed configs per tenant.

export type { ConfigScopes, GroupOptions, GroupsOptions } from './config-store/config-scopes.ts';
export { type ConfigStore, configStore } from './config-store/config-store.ts';
export type { JanitorOptions } from './config-store/janitors/janitor-options.ts';
export type { PatchOf, TenantConfigs } from './config-store/tenant-configs.ts';
export type { ConfigHistory, ConfigVersion } from './config-store/views/config-history.ts';
export type { ConfigState, StateTotals, TenantState } from './config-store/views/config-state.ts';
export type { StoredConfig } from './config-store/views/get-configs.ts';
export type { ListedConfig, ListOptions } from './config-store/views/list-configs.ts';
export type { TenantsOptions } from './config-store/views/list-tenants.ts';
export type { ChangedValue, Preview, PreviewedChange, PreviewOptions } from './config-store/views/preview-changes.ts';
export type {
  StoredConfigs,
  StoredGroups,
  StoredScope,
  StoredScopesOptions,
  StoredText,
} from './config-store/views/stored-configs.ts';
export type { Override, OverridesOptions } from './config-store/views/who-overrides.ts';
export type { Identity } from './configs/identity.ts';
export type { JsonPatchOperation } from './configs/json-diff.ts';
export { MASK } from './configs/secret-mask.ts';
export type {
  BulkOptions,
  ConditionalChange,
  EntryResult,
  WriteEntry,
  WriteOptions,
  WriteResult,
} from './configs/write-options.ts';
export type { Page, PageOptions } from './paging/page.ts';

// The admin's side of the database: rights, and what was done.

export {
  type AuditEntry,
  type AuditFilter,
  type AuditListOptions,
  type AuditLog,
  auditLog,
  type NewAuditEntry,
  type TrimAuditOptions,
} from './audit-log/audit-log.ts';
export type { AuditOperation } from './configs/diff-text.ts';
export { GRANT_VERBS, type Grant, type GrantScope, type GrantVerb, type NewGrant } from './grants/grant.ts';
export { type GrantListOptions, type GrantOptions, type Grants, grants } from './grants/grants.ts';

// What readers load from that have a database.

export { databaseSource } from './configs/database-source.ts';

// Write-back: what workers and operators do about values that the database does not have yet.

export type { DeadLetter } from './write-back/dead-letters.ts';
export type { FlushResult } from './write-back/flusher.ts';
export { type WriteBack, writeBack } from './write-back/write-back.ts';
