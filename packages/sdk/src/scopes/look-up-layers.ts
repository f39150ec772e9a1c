import type { AnyConfig, Tenant } from '@tenantry/protocol';
import { type ChainFault, type GroupsConfig, scopeChain } from '@tenantry/protocol/internal';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';

/** Where the values of a scope are in memory, if they are. */
export interface ScopeMemory {
  readonly memory: TenantMemory | undefined;
  /** What memory has at the address, or a snapshot file or `bootstrap` puts there. */
  slotAt(address: string, config: AnyConfig | undefined): Slot | undefined;
}

/** What the layers of all tenants are looked up with. */
export interface ScopeParts {
  /** The config in which tenants and groups say their groups. */
  readonly groups: GroupsConfig;
  seatOf(tenant: Tenant): ScopeMemory;
  now(): number;
  report(error: unknown): void;
}

/** A config of one scope: a layer, or the groups of the scope. */
export interface ScopePlace {
  readonly tenant: Tenant;
  readonly config: AnyConfig;
}

/** Everything in memory that decides a tenant's value of one config. */
export interface Layers {
  /** The scopes, the nearest first. */
  readonly chain: readonly Tenant[];
  /** What each scope says, in the same order; undefined where memory does not know. */
  readonly slots: readonly (Slot | undefined)[];
  /** All places: the groups, then the layers; and the slots of those that memory knows. */
  readonly places: readonly ScopePlace[];
  readonly known: readonly Slot[];
  /** The places that memory does not know: what they say may lead to others. */
  readonly missing: readonly ScopePlace[];
  /** Why the chain is not that of the groups, but the last good one. */
  readonly fault: ChainFault | undefined;
}

/** Looks all of it up. A group that memory does not know is taken for one without groups. */
export function lookUpLayers({ groups, seatOf }: ScopeParts, tenant: Tenant, config: AnyConfig): Layers {
  const places: ScopePlace[] = [];
  const known: Slot[] = [];
  const missing: ScopePlace[] = [];
  const look = (place: ScopePlace): Slot | undefined => {
    const slot = seatOf(place.tenant).slotAt(place.config.address, place.config);
    places.push(place);
    if (slot === undefined || slot.state === 'unknown') {
      missing.push(place);
      return undefined;
    }
    known.push(slot);
    return slot;
  };
  const asked = new Map<Tenant, readonly string[]>();
  const groupsOf = (of: Tenant): readonly string[] => {
    let found = asked.get(of);
    if (found === undefined) {
      const slot = look({ tenant: of, config: groups });
      found = slot?.state === 'present' ? (slot.value as readonly string[]) : [];
      asked.set(of, found);
    }
    return found;
  };
  const { tenants, fault } = scopeChain(tenant, groupsOf);
  const own = seatOf(tenant).memory;
  const chain = tenants ?? own?.scopes ?? scopeChain(tenant, () => []).tenants ?? [tenant];
  if (own && tenants && missing.length === 0) own.scopes = tenants;
  const slots = chain.map(scope => look({ tenant: scope, config }));
  return { chain, slots, places, known, missing, fault };
}
