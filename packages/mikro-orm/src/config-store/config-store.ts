import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import type { Identity } from '../configs/identity.ts';
import type { AnyOrm } from '../database/any-orm.ts';
import type { Page } from '../paging/page.ts';
import type { ConfigScopes } from './config-scopes.ts';
import type { JanitorOptions } from './janitors/janitor-options.ts';
import type { TenantConfigs } from './tenant-configs.ts';
import type { TenantsOptions } from './views/list-tenants.ts';
import type { Preview, PreviewedChange, PreviewOptions } from './views/preview-changes.ts';
import type { StoredConfigs } from './views/stored-configs.ts';
import type { Override, OverridesOptions } from './views/who-overrides.ts';

/** The configs of every tenant, on the side that writes them. */
export interface ConfigStore {
  /** One tenant's configs. No I/O. `INVALID_TENANT` for anything that is no tenant's id. */
  tenant(id: string | number | bigint): TenantConfigs;
  /**
   * What is set for the tenants of a group, with the same verbs: configs with `inherit` alone, others are `NOT_INHERITED`. `INVALID_GROUP` for
   * what is no name of a group; writes are `UNKNOWN_GROUP` before `scopes.setGroup` has made it. No I/O.
   */
  group(name: string): TenantConfigs;
  /** What is set for all tenants, with the same verbs: configs with `inherit` alone, others are `NOT_INHERITED`. No I/O. */
  global(): TenantConfigs;
  /** What is stored in any scope, secrets in clear: for programs that decide by themselves who may see it. */
  readonly stored: StoredConfigs;
  /** Which groups there are, and which tenants and groups are in them. */
  readonly scopes: ConfigScopes;
  /**
   * The groups and tenants that set an inherited config themselves, page by page, groups first: those that inherit from `scope`, and say something
   * of the part at `path`. `NOT_REGISTERED`, `NOT_INHERITED`, `INVALID_OPTION`, `INVALID_CURSOR`, `TIMEOUT` after 5 s, `UNAVAILABLE`.
   */
  whoOverrides(config: AnyConfig, options?: OverridesOptions): Promise<Page<Override>>;
  /**
   * What changes would do to the values that tenants have, before and after, without making them: each `{ scope, config, value }`, where
   * `undefined` takes the value away, or `{ scope, groups }`. Errors of the values as `set`, of the groups as `scopes.set`; `TIMEOUT` after 10 s, `UNAVAILABLE`.
   */
  preview(changes: readonly PreviewedChange[], options?: PreviewOptions): Promise<Preview>;
  /**
   * Runs work and returns its result. Every write within it, however deep, is kept with this `actor` and `reason`, unless
   * the write or an inner `runAs` names its own.
   */
  runAs<R>(identity: Identity, work: () => R): R;
  /** The registered configs, by name. A new map at each access. */
  readonly definitions: ReadonlyMap<string, AnyConfig>;
  /** The registered config of this name, or the one that has it among its `aliases`; undefined: none. */
  definition(name: string): AnyConfig | undefined;
  /** The groups of the registered configs in the order of their names, each with the names of its configs. */
  groups(): ReadonlyMap<string, readonly string[]>;
  /**
   * The tenants that have anything set in the database, or are in a group, in the order of bytes, page by page. `INVALID_OPTION`,
   * `INVALID_CURSOR` for another list's cursor, `TIMEOUT` after 5 s, `UNAVAILABLE`.
   */
  tenants(options?: TenantsOptions): Promise<Page<string>>;
  /**
   * Adds a config to this process while it runs, and publishes all values of it that the database has: its versions go on
   * where they were. Other processes register it themselves. `INVALID_OPTION` for anything that `defineConfig` did not
   * make, `INVALID_DEFINITION` if another config has its name, `configKey` or `cacheKey`. If publishing fails
   * (`UNAVAILABLE`, `TIMEOUT`), the config stays registered: calling it again publishes again.
   */
  register(definition: AnyConfig): Promise<void>;
  /**
   * Ends a config in this process, whose writes are `NOT_REGISTERED` from now on, and in Redis for every tenant: readers'
   * watches end, and its values are removed, with `persistence: 'none'` for good. Dirty values are flushed first; rows and
   * history stay. A process that still has it registered can write it, and readers see that write: deregister it first
   * in the processes that write it. `NOT_REGISTERED` if this process does not know it. If Redis or the database fails
   * (`UNAVAILABLE`, `TIMEOUT` after 5 s for a step), or other processes write it faster than it can be flushed
   * (`UNAVAILABLE`), it stays registered: calling it again goes on.
   */
  deregister(definition: AnyConfig): Promise<void>;
  /**
   * Deletes the versions beyond their configs' `keepRevisions`, in every tenant, in small batches, and returns their number.
   * A worker does it on a schedule. Rejects with the database's own error.
   */
  trimRevisions(options?: JanitorOptions): Promise<number>;
  /**
   * Ends every value whose `expiresAt` has passed, as a version without a value, and returns their number. A worker does it
   * on a schedule. Rejects with the first error (`UNAVAILABLE`, `TIMEOUT` after 10 s for a batch), after it has ended all
   * other values that it can.
   */
  expireDue(options?: JanitorOptions): Promise<number>;
}

/** The name under which the store is kept in the ORM's configuration. */
export const CONFIG_STORE_NAME = '@tenantry/mikro-orm/configs';

/** The config store of an ORM that was started with the `tenantry` extension; `NOT_REGISTERED` without it. */
export function configStore(orm: AnyOrm): ConfigStore {
  const store = orm.config.getExtension(CONFIG_STORE_NAME) as ConfigStore | undefined;
  if (store) return store;
  throw new TenantryError(
    'NOT_REGISTERED',
    'This ORM was started without Tenantry: add `extensions: [tenantry({ redis, configs })]` to its options.',
  );
}
