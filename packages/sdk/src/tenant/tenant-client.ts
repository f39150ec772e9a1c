import type { ConfigDefinition, DefaultedRef, Ref } from '@tenantry/protocol';
import type { Observable } from 'rxjs';
import type { DefaultedEntry, Entry } from '../memory/entry.ts';
import type { Explanation } from '../scopes/explain.ts';
import type { TenantViews, ValueOf } from './tenant-views.ts';

/** Options of one call. `INVALID_OPTION` for what is none of them. */
export interface ReadOptions {
  /** Ends the wait of this caller with the signal's reason. The read goes on for the other callers. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A read token, or one for each of several tenants of the refs: the answer is no older than the write that it is of. Waits for the feed,
   * up to `readTimeoutMs` more, and then rejects with `TIMEOUT` rather than answer with an older value. Of a config with `inherit` also tokens of
   * the tenant's groups and of the global scope: the answer is no older than each write, in the scope of that write. `INVALID_TOKEN` (also
   * where a token is of a scope that does not decide the answer), `TOKEN_EXPIRED`.
   */
  readonly atLeast?: string | readonly string[] | undefined;
}

/** The values of a list of refs, one for each. */
export type ValuesOf<R extends readonly Ref<unknown>[]> = { -readonly [I in keyof R]: ValueOf<R[I]> };

/**
 * Reads and watches the values of one tenant. Values are read-only and shared (bytes and URLs are copies); undefined means that there is none. A ref whose definition
 * has no tenant is read from the global tenant, whichever tenant is asked. A config with `inherit` has the value that the tenant's own scope, its
 * groups and the global scope make together; `version` and `updatedAt` of its entries are the nearest scope's version and the time of the last change.
 */
export interface TenantClient extends TenantViews {
  /** The value in memory: no promise, no copy, no Redis. Undefined also where memory does not know the ref. */
  peek<T>(ref: Ref<T>): T | undefined;
  /** The value in memory, with its version, age and origin. Undefined where memory does not know the ref. */
  peekEntry<T>(ref: Ref<T>): Entry<T> | undefined;
  /**
   * Where the value of a config comes from: what each scope says of it, and which scope each part of the value is from. Synchronous, as `peek`.
   * Undefined where memory does not know all that decides it: a `get` or a `watch` before it does.
   */
  explain<T>(config: ConfigDefinition<T, unknown>): Explanation<T> | undefined;
  /**
   * The value from memory, or from Redis, within `readTimeoutMs`. Rejects with `UNAVAILABLE` or `TIMEOUT` (retryable)
   * where Redis does not answer and memory has nothing, `MALFORMED_ENVELOPE` or `UNKNOWN_FORMAT` where the value cannot
   * be decoded and there was none before, `INVALID_KEY` where the argument is not a ref, `CLOSED`.
   */
  get<T>(ref: DefaultedRef<T>, options?: ReadOptions): Promise<T>;
  get<T>(ref: Ref<T>, options?: ReadOptions): Promise<T | undefined>;
  /** The values of all refs, in their order and as of one moment. Rejects as `get` does, where any of them fails. */
  getMany<const R extends readonly Ref<unknown>[]>(refs: R, options?: ReadOptions): Promise<ValuesOf<R>>;
  /** As `get`, with the version, age and origin of the value. */
  entry<T>(ref: DefaultedRef<T>, options?: ReadOptions): Promise<DefaultedEntry<T>>;
  entry<T>(ref: Ref<T>, options?: ReadOptions): Promise<Entry<T>>;
  /** The value as soon as it is known, then each change; undefined after a delete. Never errors; completes on `client.close()`, and where a config is deregistered. */
  watch<T>(ref: DefaultedRef<T>): Observable<T>;
  watch<T>(ref: Ref<T>): Observable<T | undefined>;
  /** As `watch`, with the version, age and origin of the value; emits also when it becomes stale or fresh, and, as stale and without a value, where it cannot be read. */
  watchEntry<T>(ref: DefaultedRef<T>): Observable<DefaultedEntry<T>>;
  watchEntry<T>(ref: Ref<T>): Observable<Entry<T>>;
}
