import type { AnyConfig, DefaultedRef, Ref } from '@tenantry/protocol';
import { Observable } from 'rxjs';
import { LazyViews } from '../tenant/lazy-views.ts';
import type { TenantClient } from '../tenant/tenant-client.ts';
import type { TenantViews } from '../tenant/tenant-views.ts';
import type { ChangesOptions } from '../views/change-event.ts';
import type { ChangeHandler } from '../views/live-ref.ts';
import type { ResourceOptions } from '../views/resource-options.ts';

/** Calls a function as one tenant. */
export type AsTenant = <R>(call: () => R) => R;

/**
 * The same client, which calls every function that it is given as that tenant. A push belongs to the connection's chain of calls, and not to that of
 * the subscriber: its handlers would have no tenant, or another one.
 */
export function calledBackAs(client: TenantClient, asTenant: AsTenant): TenantClient {
  const { peek, peekEntry, explain, get, getMany, entry, watch, watchEntry } = client;
  const reads: Omit<TenantClient, keyof TenantViews> = {
    ...{ peek, peekEntry, explain, get, getMany, entry },
    watch: <T>(ref: Ref<T>) => emittedAs(asTenant, watch<T>(ref as DefaultedRef<T>)),
    watchEntry: <T>(ref: Ref<T>) => emittedAs(asTenant, watchEntry<T>(ref as DefaultedRef<T>)),
  };
  // As those of the client itself: a tenant whose requests ask for none has none.
  return Object.assign(new LazyViews(() => viewsAs(client, asTenant)), reads);
}

function viewsAs(client: TenantViews, asTenant: AsTenant): TenantViews {
  const { select, live, watchMany, watchGroup, watchAll, changes$, whenVisible, useResource } = client;
  // What is no function is refused by the view itself.
  const called = <F>(given: F): F =>
    typeof given === 'function' ? (((...args: unknown[]) => asTenant(() => given(...args))) as F) : given;
  const views = {
    select(ref: Ref<unknown>, projection: (value: unknown) => unknown, equals?: () => boolean) {
      return emittedAs(asTenant, select(ref, called(projection), called(equals)));
    },

    live(ref: Ref<unknown>) {
      const held = live(ref);
      const onChange = held.onChange.bind(held);
      return Object.assign(held, { onChange: (handler: ChangeHandler<unknown>) => onChange(called(handler)) });
    },

    watchMany: (refs: readonly Ref<unknown>[]) => emittedAs(asTenant, watchMany(refs)),
    watchGroup: (group: string, configs: readonly AnyConfig[]) => emittedAs(asTenant, watchGroup(group, configs)),
    watchAll: (configs: readonly AnyConfig[]) => emittedAs(asTenant, watchAll(configs)),

    changes$(options?: ChangesOptions) {
      const event$ = changes$(options);
      // A loop has its tenant from the function that it is in.
      const iterate = () => event$[Symbol.asyncIterator]();
      return Object.assign(emittedAs(asTenant, event$), { [Symbol.asyncIterator]: iterate });
    },

    whenVisible,

    useResource(ref: Ref<unknown>, options: ResourceOptions<unknown, unknown>) {
      if (typeof options !== 'object' || options === null) return useResource(ref, options);
      const { open, check, close } = options;
      return useResource(ref, { ...options, open: called(open), check: called(check), close: called(close) });
    },
  };
  return views as unknown as TenantViews;
}

function emittedAs<T>(asTenant: AsTenant, value$: Observable<T>): Observable<T> {
  return new Observable(subscriber =>
    value$.subscribe({
      next: value => asTenant(() => subscriber.next(value)),
      error: error => asTenant(() => subscriber.error(error)),
      complete: () => asTenant(() => subscriber.complete()),
    }),
  );
}
