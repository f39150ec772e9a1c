// Where everything begins.

export type { ClientOptions } from './client-options.ts';
export type { ClientStatus } from './client-status.ts';
export { type Client, type ClientStats, createClient } from './create-client.ts';

// What a tenant is read with.

export type { DefaultedEntry, Entry } from './memory/entry.ts';
export type { ReadOptions } from './tenant/read-entries.ts';
export type { TenantClient, ValuesOf } from './tenant/tenant-client.ts';
