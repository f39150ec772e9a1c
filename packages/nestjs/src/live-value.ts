import type { DefaultedRef, Ref } from '@tenantry/protocol';
import type { TenantClient } from '@tenantry/sdk';
import type { Observable } from 'rxjs';
import type { TenantryParts } from './tenantry-parts.ts';

/** What one ref has for the current tenant. */
export interface LiveValue<T> {
  /**
   * The value in memory, at this moment and for this tenant: it is read-only, and the next look may find another. The default, or undefined,
   * where nothing is set or Redis could not be reached. `NO_TENANT` outside of a request and of every `run`.
   */
  readonly value: T;
  /** The value from memory, else from Redis: for code that runs in no request. Rejects as `get` of a tenant's client does. */
  get(): Promise<T>;
  /** The value as soon as it is known, then each change: of the tenant that is the current one at this call. */
  watch(): Observable<T>;
}

/** The live value of a ref: `LiveOf<typeof smartFeature>`. */
export type LiveOf<R extends Ref<unknown>> = LiveValue<
  R extends DefaultedRef<infer T> ? T : R extends Ref<infer T> ? T | undefined : never
>;

/** The live value of one ref, for whichever tenant is the current one. */
export function createLiveValue<T>({ client, context }: TenantryParts, ref: Ref<T>): LiveValue<T | undefined> {
  const byDefault = (ref as Partial<DefaultedRef<T>>).default;
  const tenant = (): TenantClient => (ref.definition.tenant === undefined ? client.global : context.client());
  return {
    get value() {
      const value = tenant().peek(ref);
      return value === undefined ? byDefault : value;
    },
    get: async () => tenant().get(ref),
    watch: () => tenant().watch(ref),
  };
}
