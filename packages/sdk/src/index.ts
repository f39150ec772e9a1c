// The client.

export type { ClientOptions } from './client-options.ts';
export { type Client, createClient } from './create-client.ts';

// What a client says of itself.

export type { HealthReason, WatchStatus } from './lifecycle/client-health.ts';
export type { ClientState } from './lifecycle/client-states.ts';
export type { ClientStats } from './lifecycle/client-stats.ts';
export type { ReadyOptions, RequiredRef } from './lifecycle/ready-options.ts';
export type { ClientStatus } from './lifecycle/status-machine.ts';
export type { LagHistogram } from './reads/lag-histogram.ts';

// Reading and watching one tenant.

export type { DefaultedEntry, Entry } from './memory/entry.ts';
export type { ReadOptions, TenantClient, ValuesOf } from './tenant/tenant-client.ts';

// For readers that depend on this package alone: the same as of `@tenantry/protocol`.

export { defineConfig, defineSync, TenantryError } from '@tenantry/protocol';
