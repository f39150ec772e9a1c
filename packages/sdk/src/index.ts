// The client.

export type { ClientOptions } from './client-options.ts';
export { type Client, createClient } from './create-client.ts';
export type { BreakerOptions, Protection, ProtectOptions, RateOptions } from './protection/protect-options.ts';

// What a client says of itself.

export type { HealthReason, WatchStatus } from './lifecycle/client-health.ts';
export type { ClientState } from './lifecycle/client-states.ts';
export type { ClientStats } from './lifecycle/client-stats.ts';
export type { ReadyOptions, RequiredRef } from './lifecycle/ready-options.ts';
export type { ClientStatus } from './lifecycle/status-machine.ts';
export type { LagHistogram } from './reads/lag-histogram.ts';

// What a client starts with while Redis is away.

export { type BootstrapValue, bootstrapValue } from './snapshot/bootstrap.ts';
export type { SnapshotFileOptions } from './snapshot/snapshot-options.ts';

// Into memory before it is needed.

export type { FailedPreload, Preloaded, PreloadOptions } from './preload/preload.ts';

// Reading and watching one tenant.

export type { DefaultedEntry, Entry } from './memory/entry.ts';
export type { MemoryChange } from './memory/memory-changes.ts';
export type { Explanation } from './scopes/explain.ts';
export type { ReadOptions, TenantClient, ValuesOf } from './tenant/tenant-client.ts';

// Views of one tenant over time.

export type { NamedValues, TenantViews, ValueMap, ValueOf, WhenVisibleOptions } from './tenant/tenant-views.ts';
export type { ChangeEvent, ChangePosition, ChangesOptions, RecordChanged } from './views/change-event.ts';
export type { ChangeHandler, Live } from './views/live-ref.ts';
export type { Resource } from './views/resource.ts';
export type { ResourceOptions } from './views/resource-options.ts';
export type { Equals } from './views/select.ts';

// The tenant that the running code works for.

export { createTenantContext, type TenantContext, type TenantsOfClient } from './current-tenant/tenant-context.ts';

// For readers that depend on this package alone: the same as of `@tenantry/protocol`.

export { defineConfig, defineSync, TenantryError } from '@tenantry/protocol';
