// The client.

export type { ClientOptions } from './client-options.ts';
export type { ClientStatus } from './client-status.ts';
export { type Client, type ClientStats, createClient } from './create-client.ts';

// Reading and watching one tenant.

export type { DefaultedEntry, Entry } from './memory/entry.ts';
export type { MemoryChange } from './memory/memory-changes.ts';
export type { ReadOptions, TenantClient, ValuesOf } from './tenant/tenant-client.ts';

// The tenant that the running code works for.

export { createTenantContext, type TenantContext, type TenantsOfClient } from './current-tenant/tenant-context.ts';

// For readers that depend on this package alone: the same as of `@tenantry/protocol`.

export { defineConfig, defineSync, TenantryError } from '@tenantry/protocol';
