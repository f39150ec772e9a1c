import type { EntityManager } from '@mikro-orm/core';
import type { ConfigDefinition, TenantryError, WritePolicy } from '@tenantry/protocol';
import type { Identity } from './identity.ts';

/** Options of a write. A value that an option cannot have is `INVALID_OPTION`, and nothing is written. */
export interface WriteOptions extends Identity {
  /**
   * Write only if the config is at this version; 0: only if it never was set. Otherwise `CONFLICT`, with the present
   * version in `details.currentVersion`. Default: write at any version.
   */
  readonly ifVersion?: number | undefined;
  /** When the value ends by itself: a date, or ms since 1970; null: never. Default: never; of a `patch` when the value ends now. */
  readonly expiresAt?: number | Date | null | undefined;
  /** Where the value came from, at most 255 characters. Default `api`. */
  readonly origin?: string | undefined;
  /**
   * The entity manager whose open transaction the write becomes part of; `NOT_ATOMIC` if it has none open. Default: the
   * transaction of the `em.transactional()` around the call, or else a transaction of the write's own.
   */
  readonly em?: EntityManager | undefined;
  /** True: the result has a read token. Costs one look at Redis after the write, 1 s at most. Default false. */
  readonly readToken?: boolean | undefined;
}

/**
 * Options of a bulk write, which is `atomic` by default: all of it is written or nothing, and readers see all of it at
 * once. The number of entries has no limit of its own; an atomic bulk locks all of its rows in one transaction.
 */
export interface BulkOptions extends Omit<WriteOptions, 'ifVersion'> {
  /**
   * True: one transaction, or one step of Redis. An atomic bulk whose configs go partly to the database and partly to
   * Redis is `NOT_ATOMIC`. False: each entry is a write of its own, and its result says whether it failed. Default true.
   */
  readonly atomic?: boolean | undefined;
}

/** The result of one write. */
export interface WriteResult {
  /** The version that the write made, at least 1. */
  readonly version: number;
  /** The policy that was followed: a write-back config that is written in a transaction is written through. */
  readonly policy: WritePolicy;
  /**
   * How far the write has got in Redis; it says nothing of readers. `now`: Redis and its feed have the write, and the push to the
   * readers is under way: each of them, a client in this process too, goes on showing the earlier value until it arrives. `later`: it
   * is committed, and Redis did not answer within the config's `cacheTimeout`, so the relay publishes it. `on-commit`: the caller's
   * transaction is still open. A write-back and `persistence: 'none'` are always `now`.
   */
  readonly published: 'now' | 'later' | 'on-commit';
  /** False for a write-back: Redis has it, and the next flush brings it into the database. True for every other write. */
  readonly persisted: boolean;
  /**
   * With the option `readToken`, for `get` and `whenVisible` of any reader. Undefined where `published` is not `now`, or Redis did not say
   * in time: then ask `replication(orm).readToken`.
   */
  readonly readToken?: string | undefined;
}

/** One entry of a bulk write: the config, and its value as the schema takes it. */
export type WriteEntry<T = unknown, I = unknown> = readonly [definition: ConfigDefinition<T, I>, value: I];

/** The result of one entry of a bulk with `atomic: false`, in the order of the entries. */
export type EntryResult =
  | { readonly name: string; readonly ok: true; readonly result: WriteResult }
  | { readonly name: string; readonly ok: false; readonly error: TenantryError };
