import type { Tenant, TenantryError } from '@tenantry/protocol';

/** What of one tenant Redis does not let this user read. */
export interface RefusedTenant {
  readonly tenant: Tenant;
  readonly error: TenantryError;
  /** ms since 1970. */
  readonly since: number;
}

type Part = 'feed' | 'records';

/** The tenants in use that the Redis user may not read, or not all of. It is about them alone: the client is no worse for it. */
export class RefusedTenants {
  readonly #refused = new Map<Tenant, { readonly since: number; readonly errors: Map<Part, TenantryError> }>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  has(tenant: Tenant): boolean {
    return this.#refused.has(tenant);
  }

  get count(): number {
    return this.#refused.size;
  }

  *all(): Iterable<RefusedTenant> {
    for (const [tenant, { since, errors }] of this.#refused)
      for (const error of [...errors.values()].slice(0, 1)) yield { tenant, error, since };
  }

  /** Undefined: that part is not refused, or not any more. */
  note(tenant: Tenant, part: Part, why: TenantryError | undefined): void {
    const known = this.#refused.get(tenant);
    if (why) {
      const { errors } = known ?? this.#begin(tenant);
      errors.set(part, why);
    } else if (known) {
      known.errors.delete(part);
      if (known.errors.size === 0) this.#refused.delete(tenant);
    }
  }

  /** Nobody asks for it any more. */
  forget(tenant: Tenant): void {
    this.#refused.delete(tenant);
  }

  #begin(tenant: Tenant) {
    const begun = { since: this.#clock(), errors: new Map<Part, TenantryError>() };
    this.#refused.set(tenant, begun);
    return begun;
  }
}
