import type { DefaultedRef, Ref } from '@tenantry/protocol';
import type { Observable } from 'rxjs';
import type { DefaultedEntry, Entry } from '../memory/entry.ts';
import type { TenantViews, ValueOf } from './tenant-views.ts';

/** Options of one call. */
export interface ReadOptions {
  /** Ends the wait of this caller with the signal's reason. The read goes on for the other callers. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A read token, or one for each of several tenants of the refs: the answer is no older than the write that it is of. Waits for the feed,
   * up to `readTimeoutMs` more, and then rejects with `TIMEOUT` rather than answer with an older value. `INVALID_TOKEN`, `TOKEN_EXPIRED`.
   */
  readonly atLeast?: string | readonly string[] | undefined;
}

/** The values of a list of refs, one for each. */
export type ValuesOf<R extends readonly Ref<unknown>[]> = { -readonly [I in keyof R]: ValueOf<R[I]> };

/**
 * Reads and watches the values of one tenant. Values are read-only and shared (bytes and URLs are copies); undefined means that there is none. A ref whose definition
 * has no tenant is read from the global tenant, whichever tenant is asked.
 */
export interface TenantClient extends TenantViews {
  /** The value in memory: no promise, no copy, no Redis. Undefined also where memory does not know the ref. */
  peek<T>(ref: Ref<T>): T | undefined;
  /** The value in memory, with its version, age and origin. Undefined where memory does not know the ref. */
  peekEntry<T>(ref: Ref<T>): Entry<T> | undefined;
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
