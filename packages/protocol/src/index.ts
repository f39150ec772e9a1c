// For applications: definitions, refs and errors. `./wire` holds the formats, `./internal` is for our own packages.

// Configs.

export type { AnyConfig, ConfigDefinition, DefaultedConfig, LayerOf } from './definitions/config-definition.ts';
export type { ConfigOptions, Durability, WritePolicy } from './definitions/config-options.ts';
export type { ConfigSource, KeptConfig, LoadedConfig } from './definitions/config-source.ts';
export { defineConfig } from './definitions/define-config.ts';
export type { Duration } from './definitions/duration.ts';
export type { ReadOnlyFields } from './wire/read-only-fields.ts';

// Entities.

export { defineSync, type SyncDefinition, type SyncOptions } from './definitions/define-sync.ts';
export type { Definition } from './definitions/definition.ts';
export type { DefaultedRef, Ref } from './definitions/ref.ts';
export type { KeyProperty, Property, Replicated } from './definitions/replicated.ts';
export type { KeyValue } from './wire/key-value.ts';

// Tenants and scopes.

export type { Origin } from './scopes/merge-values.ts';
export type { ResolvedLayer } from './scopes/resolve-layers.ts';
export type { Scope } from './wire/scope.ts';
export { GLOBAL_TENANT, type Tenant, tenantId } from './wire/tenant-id.ts';

// What logs.

export type { Logger } from './errors/logger.ts';

// Errors: docs/reference/errors.md.

export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  type MissingRef,
  TenantryError,
  type TenantryErrorOptions,
  type ValueIssue,
} from './errors/tenantry-error.ts';
