import type { AnyConfig, ConfigDefinition } from '@tenantry/protocol';
import type { BulkOptions, EntryResult, WriteEntry, WriteOptions, WriteResult } from '../configs/write-options.ts';
import type { Page } from '../paging/page.ts';
import type { ConfigHistory } from './views/config-history.ts';
import type { TenantState } from './views/config-state.ts';
import type { StoredConfig } from './views/get-configs.ts';
import type { ListedConfig, ListOptions } from './views/list-configs.ts';

/**
 * One tenant's configs, on the side that writes them. Every write is checked before anything is touched. A write to the
 * database has a transaction of its own, or is part of the caller's, which is the one that `em` names or the
 * `em.transactional()` around the call.
 */
export interface TenantConfigs extends ConfigHistory {
  /**
   * Sets a value, whether or not one is set. Returns the new version, the policy that was followed, and whether Redis and
   * the database have the write.
   *
   * Budgets: a transaction of its own takes at most the config's `databaseTimeout` (default 2 s), of which publishing it
   * to Redis takes at most `cacheTimeout` (default 200 ms); before it, earlier write-backs of the config are looked for and
   * flushed, with the same two budgets. A write-back takes at most `cacheTimeout`, and `databaseTimeout` more if it has
   * to ask the database. In the caller's transaction only the look for earlier write-backs has a budget.
   *
   * Nothing is written with `NOT_REGISTERED` (this process does not know the config), `INVALID_OPTION`, `NOT_JSON`,
   * `INVALID_VALUE` (the schema refuses the value; `details.issues` has every path), `INVALID_DEFINITION` (the schema is
   * asynchronous), `PAYLOAD_TOO_LARGE` (`maxBytes`), `CONFLICT` (`ifVersion`, or other writers were faster for all of
   * `cacheTimeout`), `QUOTA_EXCEEDED` (`maxConfigsPerTenant`), `NOT_ATOMIC` (`em` has no open transaction, or the config is
   * only in Redis and cannot be part of one), `MALFORMED_ENVELOPE` and `UNKNOWN_FORMAT` (a write-back that has to read
   * first finds a damaged value in Redis).
   *
   * `UNAVAILABLE`: Redis or the database failed. `TIMEOUT`: a budget is spent. After either the write may have been made.
   * `NOT_DURABLE`: Redis has the write-back, and did not confirm in time that it is as safe as its `durability` asks.
   */
  set<T, I>(definition: ConfigDefinition<T, I>, value: I, options?: WriteOptions): Promise<WriteResult>;
  /**
   * Sets a value only if none is set: `KEY_EXISTS` otherwise, with the present version in `details.currentVersion`. An
   * expired value is not set. Budgets and other errors as `set`.
   */
  create<T, I>(definition: ConfigDefinition<T, I>, value: I, options?: WriteOptions): Promise<WriteResult>;
  /** Sets a value only if one is set: `NOT_FOUND` otherwise. The default does not count. Budgets and other errors as `set`. */
  update<T, I>(definition: ConfigDefinition<T, I>, value: I, options?: WriteOptions): Promise<WriteResult>;
  /**
   * Merges a plain object in depth into the value that is set, or else into the default, or else into `{}`. A list, a text
   * or `null` in the patch replaces what it meets. `undefined` leaves the property as it is. To remove a property, use `set`. Without `expiresAt` the value ends when it would have ended.
   * `INVALID_PATCH` if the patch, or the value it is merged into, is not a plain object. Budgets and other errors as `set`.
   */
  patch<T, I>(definition: ConfigDefinition<T, I>, patch: PatchOf<I>, options?: WriteOptions): Promise<WriteResult>;
  /**
   * Takes the value away, as a new version: readers get the default. `NOT_FOUND` if nothing is set. The history stays.
   * Budgets and other errors as `set`.
   */
  unset(definition: AnyConfig, options?: WriteOptions): Promise<WriteResult>;
  /**
   * Sets the value of an earlier version again, as a new version whose `origin` is `rollback of <version>`. If the earlier
   * version has no value, it takes the value away. `VERSION_NOT_FOUND` if the version never was or has been trimmed,
   * `INVALID_VERSION` for what is no version, `NOT_KEPT` with `persistence: 'none'`, `NOT_FOUND` if the config never was
   * set or there is no value to take away, `INVALID_VALUE` if today's schema refuses the old value. Budgets and other
   * errors as `set`.
   */
  rollback(definition: AnyConfig, version: number, options?: Omit<WriteOptions, 'origin'>): Promise<WriteResult>;
  /**
   * Sets several values. Atomic by default: all or nothing, one step for readers, and the errors of `set`, thrown for the
   * first entry that has one; `NOT_ATOMIC` if some go to the database and some to Redis. With `atomic: false` each entry is
   * a `set` of its own, in order, and its result holds its error. The budget of an atomic bulk is the longest of its
   * configs'. `INVALID_OPTION` for what is no list of pairs, or for a config that is in it twice.
   */
  setMany(entries: readonly WriteEntry[], options: BulkOptions & { readonly atomic: false }): Promise<EntryResult[]>;
  setMany(entries: readonly WriteEntry[], options?: BulkOptions): Promise<WriteResult[]>;
  /**
   * Sets and takes away several values, with a condition, an origin and a reason for each: all or nothing, in one transaction, whatever the
   * policies say (a write-back is written through). Throws what `set` and `unset` throw, for the first write that has an error;
   * `details.config` of `CONFLICT` and `NOT_FOUND` says which one it was. `NOT_ATOMIC` for a config that is only in Redis, `INVALID_OPTION`
   * for one that is in it twice. The budget is the longest of the configs'.
   */
  writeMany(writes: readonly PlannedWrite[], options?: Omit<BulkOptions, 'atomic'>): Promise<WriteResult[]>;
  /**
   * Takes away the values that are set, all in one step, and returns how many there were. `NOT_ATOMIC` if some are in the
   * database and some only in Redis. Budgets and other errors as `set`.
   */
  unsetMany(definitions: readonly AnyConfig[], options?: Omit<BulkOptions, 'atomic'>): Promise<number>;
  /**
   * The value that the store has: the newest one, be it in the database or a write-back that only Redis has. Undefined if
   * nothing is set; the default does not count. Reads the primary, within `databaseTimeout`, and for a write-back
   * config Redis, within `cacheTimeout`. `NOT_REGISTERED`, `INVALID_VALUE` if today's schema refuses the stored value,
   * `TIMEOUT`, `UNAVAILABLE`, and for a damaged value in Redis `MALFORMED_ENVELOPE` or `UNKNOWN_FORMAT`.
   */
  get<T, I>(definition: ConfigDefinition<T, I>): Promise<StoredConfig<T> | undefined>;
  /** The values that are set, by the configs' names, with one SELECT. Budgets and errors as `get`. */
  getMany(definitions: readonly AnyConfig[]): Promise<ReadonlyMap<string, StoredConfig<unknown>>>;
  /**
   * The configs that are set, by name in the order of bytes, page by page: also those that are not registered here, and
   * acknowledged write-backs that the database does not have yet. `INVALID_OPTION`, `INVALID_CURSOR` for another list's
   * cursor, `TIMEOUT` after 2 s, `UNAVAILABLE`.
   */
  list(options?: ListOptions): Promise<Page<ListedConfig>>;
  /**
   * Compares the database with Redis for each registered config, or for those of one group. `INVALID_OPTION` for a group
   * that is no text, `TIMEOUT` after the longest `databaseTimeout` or `cacheTimeout` of the configs, `UNAVAILABLE`.
   */
  state(group?: string): Promise<TenantState>;
}

/** One write of `writeMany`: what it does not say, the options of the whole say. */
export interface PlannedWrite extends Pick<WriteOptions, 'ifVersion' | 'origin' | 'reason' | 'expiresAt'> {
  readonly definition: AnyConfig;
  /** As the schema takes it; `undefined` takes the value away. */
  readonly value: unknown;
}

/** The part of a value that `patch` merges into it: of an object any properties, in depth; of anything else the whole. */
export type PatchOf<I> = I extends readonly unknown[]
  ? I
  : I extends object
    ? { readonly [P in keyof I]?: PatchOf<I[P]> }
    : I;
