import type { ConfigSource, Tenant } from '@tenantry/protocol';
import { createFeedCodec, createRedisNames } from '@tenantry/protocol/wire';
import type { Loads } from '../configs/create-loads.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import { fillStateOf } from '../replica/fill-state.ts';
import { newEpoch } from '../scripts/feed-arguments.ts';
import type { LocalReplica } from './local-replica.ts';
import { LocalSubscriber } from './local-subscriber.ts';
import { LocalTenant } from './local-tenant.ts';

/** Options of `createLocalReplica`. */
export interface LocalReplicaOptions {
  /** How many messages a tenant's feed keeps for readers that were away. Default 256. */
  readonly feedLength?: number | undefined;
  /** ms since 1970. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Asked for configs whose values no replica keeps. Default: nothing is. */
  readonly source?: ConfigSource | undefined;
}

const DEFAULTS = Object.freeze({ feedLength: 256 });

/** A replica in this process's memory: the envelopes, messages, versions, epochs and seqs that Redis would have. */
export function createLocalReplica(options: LocalReplicaOptions = {}): LocalReplica {
  const { feedLength = DEFAULTS.feedLength, clock: now = Date.now, source } = options;
  const names = createRedisNames();
  const fillState = fillStateOf(newEpoch()) as string;
  const parts = { codec: createFeedCodec(), feedLength, now };
  const tenants = new Map<Tenant, LocalTenant>();
  const subscribers = new Set<LocalSubscriber>();

  function tenantOf(tenant: Tenant): LocalTenant {
    const named = names.of(tenant).tenant;
    const found = tenants.get(named) ?? new LocalTenant(parts);
    tenants.set(named, found);
    return found;
  }

  function push(tenant: Tenant, message: Buffer | undefined): void {
    if (message) for (const subscriber of subscribers) subscriber.push(names.of(tenant).feed, message);
  }

  const reader: ReplicaReader = {
    names,
    read: async (tenant, addresses) => {
      const found = tenantOf(tenant);
      return { envelopes: addresses.map(address => found.envelopeAt(address)), head: found.head };
    },
    heads: async asked => asked.map(tenant => tenantOf(tenant).head),
    messagesFrom: async (tenant, seq, most) => tenantOf(tenant).messagesFrom(seq, most),
    fillState: async () => fillState,
  };

  return {
    names,
    reader,
    source,
    loads: createLocalLoads(now, (tenant, loaded) => {
      const { kept, message } = tenantOf(tenant).keep(loaded);
      push(tenant, message);
      return kept;
    }),
    apply(tenant, changes) {
      const { applied, message } = tenantOf(tenant).apply(changes);
      push(tenant, message);
      return applied;
    },
    subscribe() {
      const subscriber = new LocalSubscriber(closed => subscribers.delete(closed));
      subscribers.add(subscriber);
      return subscriber;
    },
  };
}

type Keep = (...loaded: Parameters<Loads['keepLoaded']>) => Awaited<ReturnType<Loads['keepLoaded']>>;

function createLocalLoads(now: () => number, keep: Keep): Loads {
  const leases = new Map<string, { readonly token: string; readonly endsAt: number }>();
  const names = createRedisNames();
  const leaseOf = (tenant: Tenant, address: string) => names.of(tenant).leasePrefix + address;
  return {
    async lease(tenant, address, forMs) {
      const lease = leaseOf(tenant, address);
      if ((leases.get(lease)?.endsAt ?? 0) > now()) return undefined;
      const token = newEpoch();
      leases.set(lease, { token, endsAt: now() + Math.ceil(forMs) });
      return token;
    },
    async release(tenant, address, token) {
      const lease = leaseOf(tenant, address);
      if (leases.get(lease)?.token === token) leases.delete(lease);
    },
    keepLoaded: async (tenant, loaded) => keep(tenant, loaded),
  };
}
