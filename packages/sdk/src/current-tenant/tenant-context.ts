import { AsyncLocalStorage } from 'node:async_hooks';
import { TenantryError, tenantId } from '@tenantry/protocol';
import { refuseOption } from '@tenantry/protocol/internal';
import type { TenantClient } from '../tenant/tenant-client.ts';
import { calledBackAs } from './called-back-as.ts';

/** Which tenant the running code works for. */
export interface TenantContext {
  /**
   * Calls the function as this tenant, and answers with what it returns: everything that it awaits and every timer that it starts works for
   * this tenant, too. A run may lie within another one. `INVALID_TENANT` where the id is none.
   */
  run<R>(tenant: string | number | bigint, call: () => R): R;
  /** The current tenant's client. Whatever calls back (handlers of a `watch`, functions given to a view) is called as this tenant. `NO_TENANT` outside of every run. */
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
      const run: Run = { id, client: calledBackAs(client.tenant(id), inner => runs.run(run, inner)) };
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
