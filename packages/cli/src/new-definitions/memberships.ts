import { GLOBAL_TENANT, type Scope, type Tenant } from '@tenantry/protocol';
import { scopeChain, scopeOf, tenantOfScope } from '@tenantry/protocol/internal';
import type { Api } from '../connection/api.ts';

/**
 * Which scopes a tenant inherits from. It holds the groups of groups, and of each tenant that is in any the names of its groups: tenants that are in none are counted
 * alone.
 */
export class Memberships {
  readonly #groups = new Map<Tenant, readonly string[]>();
  readonly #tenants = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  static async read(api: Api): Promise<Memberships> {
    const memberships = new Memberships();
    for await (const page of api.pages('groups.list'))
      for (const { name, groups } of page) memberships.#groups.set(tenantOfScope(`groups/${name}`), groups);
    for await (const page of api.pages('tenants.list'))
      for (const { id, groups } of page) memberships.#add(id, groups.join(','));
    return memberships;
  }

  #add(tenant: string, list: string): void {
    if (list !== '') this.#tenants.set(tenant, list);
    this.#counts.set(list, (this.#counts.get(list) ?? 0) + 1);
  }

  /** The groups of a tenant, as one text: tenants with the same one inherit the same. */
  listOf(tenant: string): string {
    return this.#tenants.get(tenant) ?? '';
  }

  /** How many tenants have each list of groups. */
  get lists(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** The scopes above a tenant with these groups, the nearest first; undefined where one of them is not to be seen. */
  above(list: string): readonly Scope[] | undefined {
    const some = tenantOfScope('tenants/x');
    const own = list === '' ? [] : list.split(',');
    const { tenants } = scopeChain(some, each => (each === some ? own : this.#groups.get(each)));
    const unseen = tenants?.some(each => each !== some && each !== GLOBAL_TENANT && !this.#groups.has(each));
    if (unseen) return undefined;
    return tenants?.map(scopeOf).filter((scope): scope is Scope => scope !== 'tenants/x');
  }
}
