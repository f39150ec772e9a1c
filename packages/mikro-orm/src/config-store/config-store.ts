import type { MikroORM } from '@mikro-orm/core';
import { type AnyConfig, type ConfigDefinition, TenantryError } from '@tenantry/protocol';
import type { Identity } from '../configs/identity.ts';
import type { BulkOptions, EntryResult, WriteEntry, WriteOptions, WriteResult } from '../configs/write-options.ts';
import type { JanitorOptions } from './janitors/janitor-options.ts';
import type { ConfigHistory } from './views/config-history.ts';
import type { TenantState } from './views/config-state.ts';
import type { ListedConfig, ListOptions } from './views/list-configs.ts';
import type { TenantsOptions } from './views/list-tenants.ts';

/** A set value as the store has it. */
export interface StoredConfig<T> {
  readonly value: T;
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedBy: string | undefined;
  readonly expiresAt: Date | undefined;
  /** Acknowledged as write-back and not yet in the database. */
  readonly dirty: boolean;
}

/** Options of a list. */
export interface PageOptions {
  /** At most so many, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. Opaque, and good only for the same list. */
  readonly cursor?: string | undefined;
}

/** Some of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly cursor: string | undefined;
}

/** One tenant's configs, on the side that writes them. */
export interface TenantConfigs extends ConfigHistory {
  /** Sets a value, whatever was there. */
  set<T, I>(definition: ConfigDefinition<T, I>, value: I, options?: WriteOptions): Promise<WriteResult>;
  /** As `set`; `KEY_EXISTS` where it is set. */
  create<T, I>(definition: ConfigDefinition<T, I>, value: I, options?: WriteOptions): Promise<WriteResult>;
  /** As `set`; `NOT_FOUND` where it is not set. */
  update<T, I>(definition: ConfigDefinition<T, I>, value: I, options?: WriteOptions): Promise<WriteResult>;
  /**
   * Merges plain objects in depth into the present value, or into the default; null and undefined are values and nothing
   * (a property is removed by `set`). `INVALID_PATCH` where one of the two is not a plain object.
   */
  patch<T, I>(definition: ConfigDefinition<T, I>, patch: PatchOf<I>, options?: WriteOptions): Promise<WriteResult>;
  /** Takes the value away: readers get the default. `NOT_FOUND` where it is not set. Its history stays. */
  unset(definition: AnyConfig, options?: WriteOptions): Promise<WriteResult>;
  /**
   * Makes the value of an earlier version the present one, as a new version whose origin says which. Of a version that
   * was unset: takes the value away. `VERSION_NOT_FOUND`; `INVALID_VALUE` where today's schema refuses it.
   */
  rollback(definition: AnyConfig, version: number, options?: Omit<WriteOptions, 'origin'>): Promise<WriteResult>;
  /** All or nothing, unless `atomic: false`: then each by itself, and the results say which. */
  setMany(entries: readonly WriteEntry[], options: BulkOptions & { readonly atomic: false }): Promise<EntryResult[]>;
  setMany(entries: readonly WriteEntry[], options?: BulkOptions): Promise<WriteResult[]>;
  /** Takes away those that are set, all in one step; answers how many. */
  unsetMany(definitions: readonly AnyConfig[], options?: Omit<BulkOptions, 'atomic'>): Promise<number>;
  /** What the store has: the database, and for write-back what Redis has before it. Undefined where nothing is set. */
  get<T, I>(definition: ConfigDefinition<T, I>): Promise<StoredConfig<T> | undefined>;
  /** Those that are set, by name. */
  getMany(definitions: readonly AnyConfig[]): Promise<ReadonlyMap<string, StoredConfig<unknown>>>;
  /**
   * Those that are set, by name in the order of bytes; also those that are not registered here, and acknowledged
   * write-backs that the database does not have yet.
   */
  list(options?: ListOptions): Promise<Page<ListedConfig>>;
  /** The registered configs, or those of one group: what the database has against what Redis has. */
  state(group?: string): Promise<TenantState>;
}

/** What can be merged into a value. */
export type PatchOf<I> = I extends readonly unknown[]
  ? I
  : I extends object
    ? { readonly [P in keyof I]?: PatchOf<I[P]> }
    : I;

/** The configs of every tenant, on the side that writes them. */
export interface ConfigStore {
  /** `INVALID_TENANT` for what is no tenant's id. */
  tenant(id: string | number | bigint): TenantConfigs;
  /** Runs work whose writes, however deep, are by this actor and for this reason unless they say otherwise. */
  runAs<R>(identity: Identity, work: () => R): R;
  /** The registered configs, by name. */
  readonly definitions: ReadonlyMap<string, AnyConfig>;
  /** The groups of the registered configs in the order of their names, each with the names of its configs. */
  groups(): ReadonlyMap<string, readonly string[]>;
  /** The tenants that have anything set in the database, in the order of bytes. */
  tenants(options?: TenantsOptions): Promise<Page<string>>;
  /**
   * Adds a config while this process runs, and publishes what the database has of it: its versions go on where they were.
   * `INVALID_DEFINITION` where its name, `configKey` or `cacheKey` is another's. Where publishing fails it stays registered: calling
   * it again publishes again. Other processes register it themselves.
   */
  register(definition: AnyConfig): Promise<void>;
  /**
   * Ends a config in this process, whose writes are `NOT_REGISTERED` from now on, and in Redis in every tenant: its watches
   * end, its values are gone there, with `persistence: 'none'` for ever. What was not yet in the database is flushed first; rows and
   * history stay. A process that still has it registered can write it, and that write is visible: deregister it
   * where it is written first.
   */
  deregister(definition: AnyConfig): Promise<void>;
  /** Deletes versions beyond their configs' `keepRevisions`, in every tenant; answers how many. A worker does it by itself. */
  trimRevisions(options?: JanitorOptions): Promise<number>;
  /** Makes a version without a value of every value whose `expiresAt` has passed; answers how many. A worker does it by itself. */
  expireDue(options?: JanitorOptions): Promise<number>;
}

/** The name under which the store is kept in the ORM's configuration. */
export const CONFIG_STORE_NAME = '@tenantry/mikro-orm/configs';

/** The config store of an ORM that was started with the `tenantry` extension; `NOT_REGISTERED` without it. */
export function configStore(orm: MikroORM): ConfigStore {
  const store = orm.config.getExtension(CONFIG_STORE_NAME) as ConfigStore | undefined;
  if (store) return store;
  throw new TenantryError(
    'NOT_REGISTERED',
    'This ORM was started without Tenantry: add `extensions: [tenantry({ redis, configs })]` to its options.',
  );
}
