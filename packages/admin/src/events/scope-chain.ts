import type { Scope, Tenant } from '@tenantry/protocol';
import { defineGroups, scopeChain, scopeOf, tenantOfScope } from '@tenantry/protocol/internal';
import type { Client, TenantClient } from '@tenantry/sdk';
import { Observable, type Subscription } from 'rxjs';

const GROUPS = defineGroups();

/** What a client reads of one scope. */
export function clientOf(client: Client, scope: Scope): TenantClient {
  if (scope === 'global') return client.global;
  const name = scope.slice(scope.indexOf('/') + 1);
  return scope.startsWith('groups/') ? client.group(name) : client.tenant(name);
}

/**
 * The scopes that decide the values of a scope, the nearest first, and again when its groups change, or theirs. Groups that lead to themselves
 * leave the chain as it was.
 */
export function watchChain(client: Client, start: Scope): Observable<readonly Scope[]> {
  return new Observable(subscriber => {
    const first = tenantOfScope(start);
    const watched = new Map<Tenant, { groups: readonly string[] | undefined; watch: Subscription | undefined }>();
    let last = '';
    const walk = () => {
      const missing = new Set<Tenant>();
      const { tenants } = scopeChain(first, tenant => {
        const known = watched.get(tenant);
        if (known === undefined) missing.add(tenant);
        return known?.groups ?? [];
      });
      for (const tenant of missing) follow(tenant);
      if (!tenants || missing.size > 0 || subscriber.closed) return;
      for (const [tenant, { watch }] of watched) if (!tenants.includes(tenant)) drop(tenant, watch);
      if ([...watched.values()].some(({ groups }) => groups === undefined)) return;
      const chain = tenants.map(scopeOf);
      if (chain.join() === last) return;
      last = chain.join();
      subscriber.next(chain);
    };
    const follow = (tenant: Tenant) => {
      const scope = scopeOf(tenant);
      const known: { groups: readonly string[] | undefined; watch: Subscription | undefined } = {
        groups: scope === 'global' ? [] : undefined,
        watch: undefined,
      };
      watched.set(tenant, known);
      if (scope === 'global') return walk();
      known.watch = clientOf(client, scope)
        .watch(GROUPS)
        .subscribe(groups => {
          known.groups = groups;
          walk();
        });
    };
    const drop = (tenant: Tenant, watch: Subscription | undefined) => {
      watched.delete(tenant);
      watch?.unsubscribe();
    };
    walk();
    return () => {
      for (const { watch } of watched.values()) watch?.unsubscribe();
    };
  });
}
