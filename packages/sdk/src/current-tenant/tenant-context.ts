import { AsyncLocalStorage } from 'node:async_hooks';
import { type DefaultedRef, type Ref, TenantryError, tenantId } from '@tenantry/protocol';
import { refuseOption } from '@tenantry/protocol/internal';
import { Observable } from 'rxjs';
import type { TenantClient } from '../tenant/tenant-client.ts';

/** Which tenant the running code works for. */
export interface TenantContext {
  /**
   * Calls the function as this tenant, and answers with what it returns: everything that it awaits and every timer that it starts works for
   * this tenant, too. A run may lie within another one. `INVALID_TENANT` where the id is none.
   */
  run<R>(tenant: string | number | bigint, call: () => R): R;
  /** The current tenant's client. Handlers of its `watch` and `watchEntry` are called as this tenant. `NO_TENANT` outside of every run. */
  client(): TenantClient;
  /** The current tenant's id. `NO_TENANT` outside of every run. */
  id(): string;
  /** The current tenant's id; undefined outside of every run. */
  findId(): string | undefined;
}

/** The client whose tenants are meant. */
export interface TenantsOfClient {
  tenant(id: string): TenantClient;
}

interface Run {
  readonly id: string;
  readonly client: TenantClient;
}

/**
 * Carries the current tenant along with each chain of calls (Node's `AsyncLocalStorage`), so that no function has to hand it on. Two
 * contexts know nothing of each other.
 */
export function createTenantContext(client: TenantsOfClient): TenantContext {
  if (typeof client?.tenant !== 'function') refuseOption('client', 'a client, made by `createClient`', client);
  const runs = new AsyncLocalStorage<Run>();
  return {
    run(tenant, call) {
      if (typeof call !== 'function') refuseOption('call', 'a function', call);
      const id = tenantId(tenant);
      const run: Run = { id, client: calledBackBy(client.tenant(id), inner => runs.run(run, inner)) };
      return runs.run(run, call);
    },
    client: () => currentOf(runs).client,
    id: () => currentOf(runs).id,
    findId: () => runs.getStore()?.id,
  };
}

function currentOf(runs: AsyncLocalStorage<Run>): Run {
  const run = runs.getStore();
  if (run) return run;
  throw new TenantryError(
    'NO_TENANT',
    'There is no current tenant here, so nothing was done. Call this within `run(tenant, …)`, or name the tenant: `client.tenant(id)`.',
  );
}

/** A push belongs to the connection's chain of calls, and not to that of the subscriber: its handlers would have no tenant. */
function calledBackBy(client: TenantClient, inRun: (call: () => void) => void): TenantClient {
  const within = <T>(values: Observable<T>): Observable<T> =>
    new Observable(subscriber =>
      values.subscribe({
        next: value => inRun(() => subscriber.next(value)),
        error: error => inRun(() => subscriber.error(error)),
        complete: () => inRun(() => subscriber.complete()),
      }),
    );
  const { peek, peekEntry, get, getMany, entry, watch, watchEntry } = client;
  return {
    ...{ peek, peekEntry, get, getMany, entry },
    watch: <T>(ref: Ref<T>) => within(watch<T>(ref as DefaultedRef<T>)),
    watchEntry: <T>(ref: Ref<T>) => within(watchEntry<T>(ref as DefaultedRef<T>)),
  };
}
