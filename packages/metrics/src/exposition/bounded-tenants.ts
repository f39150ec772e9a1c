import type { Tenant } from '@tenantry/protocol';
import { scopeOf } from '@tenantry/protocol/internal';

/** Names for a label: those of the first tenants that it is asked for, and `other` for all others, so that series stay as many as was said. */
export class BoundedTenants {
  readonly #most: number;
  readonly #names = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  nameOf(tenant: Tenant): string {
    const name = scopeOf(tenant);
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#most) return 'other';
    this.#names.add(name);
    return name;
  }
}
