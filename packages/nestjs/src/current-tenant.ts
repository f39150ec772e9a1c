import type { TenantClient, TenantContext } from '@tenantry/sdk';

/** The tenant of the request, to be injected into any class: `constructor(private readonly current: CurrentTenant)`. A singleton. */
export abstract class CurrentTenant implements TenantContext {
  /** Calls the function as this tenant, for what is no request: a job, a timer, a subscription. `INVALID_TENANT` where the id is none. */
  abstract run<R>(tenant: string | number | bigint, call: () => R): R;
  /** The tenant's client. `NO_TENANT` where there is no tenant. */
  abstract client(): TenantClient;
  /** The tenant's id. `NO_TENANT` where there is no tenant. */
  abstract id(): string;
  /** The tenant's id; undefined where there is no tenant. */
  abstract findId(): string | undefined;
}
