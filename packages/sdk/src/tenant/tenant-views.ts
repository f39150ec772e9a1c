import type { AnyConfig, DefaultedRef, Ref } from '@tenantry/protocol';
import type { Observable } from 'rxjs';
import type { ChangeEvent, ChangesOptions } from '../views/change-event.ts';
import type { Live } from '../views/live-ref.ts';
import type { Resource } from '../views/resource.ts';
import type { ResourceOptions } from '../views/resource-options.ts';
import type { Equals } from '../views/select.ts';

/** The value of a ref. */
export type ValueOf<R> = R extends DefaultedRef<infer T> ? T : R extends Ref<infer T> ? T | undefined : never;

/** Options of `whenVisible`. */
export interface WhenVisibleOptions {
  /** The longest wait, in ms. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The values of many refs as of one moment, by ref. Read-only. */
export interface ValueMap extends ReadonlyMap<Ref<unknown>, unknown> {
  get<T>(ref: DefaultedRef<T>): T | undefined;
  get<T>(ref: Ref<T>): T | undefined;
}

/** The values of named refs as of one moment. */
export type NamedValues<O extends { readonly [name: string]: Ref<unknown> }> = {
  readonly [N in keyof O]: ValueOf<O[N]>;
};

/** Ways to look at the values of one tenant over time. Each goes on by itself through outages, and ends with `client.close()`. */
export interface TenantViews {
  /**
   * Emits a part of a value, and again only when that part changes: by `equals`, or by its content. What `projection` or `equals` throws is
   * reported by `onTrouble`, and that value is left out.
   */
  select<T, S>(ref: DefaultedRef<T>, projection: (value: T) => S, equals?: Equals<S>): Observable<S>;
  select<T, S>(ref: Ref<T>, projection: (value: T | undefined) => S, equals?: Equals<S>): Observable<S>;
  /** Holds the last good value until it is closed, and calls handlers when it is replaced. A rejected payload replaces nothing. */
  live<T>(ref: DefaultedRef<T>): Live<T>;
  live<T>(ref: Ref<T>): Live<T | undefined>;
  /**
   * Emits the values of all refs as of one moment, and again after each change: the changes of one transaction in one emission. By name where the refs
   * have names, else by ref. Silent until all of them are known, and while the feed is not live: then the last whole state stays.
   */
  watchMany<const O extends { readonly [name: string]: Ref<unknown> }>(refs: O): Observable<NamedValues<O>>;
  watchMany(refs: readonly Ref<unknown>[]): Observable<ValueMap>;
  /** As `watchMany`, of those of these configs that are in a group. `INVALID_OPTION` where none is. */
  watchGroup(group: string, configs: readonly AnyConfig[]): Observable<ValueMap>;
  /** As `watchMany`, of all these configs. `INVALID_OPTION` where there are none. */
  watchAll(configs: readonly AnyConfig[]): Observable<ValueMap>;
  /**
   * Emits what the tenant's feed tells: which records changed, transaction by transaction, without their values. Goes on after `from`
   * where the feed still has it, and says `gap` where it has not, or lost something since. As an observable it calls its subscribers while the
   * feed is read; `for await` takes events at its own pace, and says `gap` where it was too slow.
   */
  changes$(options?: ChangesOptions): Observable<ChangeEvent> & AsyncIterable<ChangeEvent>;
  /**
   * Resolves once this client has heard of the write that a read token is of: from then on `get` answers with it, or with something newer, and
   * so does `peek` where the feed brought the value along (not one above 4 KiB, or written around Redis). Rejects with `TIMEOUT` after
   * `timeoutMs`, default 5,000; `INVALID_TOKEN` for another text or another tenant's; `TOKEN_EXPIRED` where Redis has begun the feed anew
   * since; `CLOSED`.
   */
  whenVisible(token: string, options?: WhenVisibleOptions): Promise<void>;
  /** Opens a resource of the value, and another one when the value changes. A call that uses one keeps it to its end. */
  useResource<T, R>(ref: Ref<T>, options: ResourceOptions<T, R>): Resource<R>;
}
