// The client.

export type { ClientOptions } from './client-options.ts';
export type { ClientStatus } from './client-status.ts';
export { type Client, type ClientStats, createClient } from './create-client.ts';

// Reading and watching one tenant.

export type { DefaultedEntry, Entry } from './memory/entry.ts';
export type { Explanation } from './scopes/explain.ts';
export type { ReadOptions, TenantClient, ValuesOf } from './tenant/tenant-client.ts';

// For readers that depend on this package alone: the same as of `@tenantry/protocol`.

export { defineConfig, defineSync, TenantryError } from '@tenantry/protocol';
