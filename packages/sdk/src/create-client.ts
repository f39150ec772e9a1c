import { type Tenant, tenantId } from '@tenantry/protocol';
import { defineGroups, isOwnTenant } from '@tenantry/protocol/internal';
import { createLoads, createRedisClock, createReplicaReader, startFeeds, whenReady, within } from '@tenantry/redis';
import { type Observable, ReplaySubject } from 'rxjs';
import { createEnvelopeOpener } from './admission/open-envelope.ts';
import { type ClientOptions, checkOptions } from './client-options.ts';
import { type ClientStatus, ClientStatusSource } from './client-status.ts';
import { Sieve } from './memory/sieve.ts';
import { TenantMemory } from './memory/tenant-memory.ts';
import type { Ticks } from './memory/ticks.ts';
import { openRedis } from './open-redis.ts';
import { type ClientCounters, createCounters } from './reads/counters.ts';
import { startHousekeeping, tickMs } from './start-housekeeping.ts';
import { createTroubles } from './tell-troubles.ts';
import { createTenantClient } from './tenant/create-tenant-client.ts';
import { HeldTenants } from './tenant/held-tenants.ts';
import type { LayeredParts } from './tenant/layered-configs.ts';
import type { TenantClient } from './tenant/tenant-client.ts';
import { type FollowerParts, TenantFollower } from './tenant/tenant-follower.ts';

/** Reads and watches the configuration of any tenant. */
export interface Client extends AsyncDisposable {
  /** The same object for the same id, for as long as the application keeps it. `INVALID_TENANT` where it is none. */
  tenant(id: string | number | bigint): TenantClient;
  /** The one global tenant: the entities without a tenant property. */
  readonly global: TenantClient;
  /** How far the answers can be trusted: the present status, then each change. Completes on close. */
  readonly status$: Observable<ClientStatus>;
  stats(): ClientStats;
  /** Ends every watch and the connections that were opened here. Idempotent. `peek` goes on answering from memory. */
  close(): Promise<void>;
}

/** How much the client holds, and how often it had to repair something. */
export interface ClientStats extends Readonly<ClientCounters> {
  /** Tenants of which there is memory, the global one and groups included; how many of them are followed now; and how many were let go so far. */
  readonly tenants: number;
  readonly followed: number;
  readonly tenantsLetGo: number;
  /** Addresses in memory, how many of them are watched, and how many had to make room so far. */
  readonly entries: number;
  readonly watched: number;
  readonly evicted: number;
  /** How often a feed was read on after a gap, and how often everything had to be compared with Redis. */
  readonly gaps: number;
  readonly resyncs: number;
}

/**
 * Connects to the replica in Redis. Resolves when Redis was reached, or after `readTimeoutMs` without it: a client
 * that starts without Redis is `connecting`, and recovers by itself. Rejects only with `INVALID_OPTION`.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one place that puts the parts together.
export async function createClient(options: ClientOptions): Promise<Client> {
  const checked = checkOptions(options);
  const { prefix, readTimeoutMs, feedTimeoutMs, heartbeatMs, clock, random } = checked;
  const troubles = createTroubles(checked.onTrouble, clock);
  const report = troubles.tell;
  const { redis, close: closeRedis } = openRedis(checked.redis, report, Math.max(readTimeoutMs, feedTimeoutMs));
  const redisClock = createRedisClock(options.clock, () => {
    for (const follower of tenants.followers()) follower.timeMoved();
  });
  const { now } = redisClock;
  const reader = createReplicaReader({ redis, prefix, timeoutMs: readTimeoutMs, clock: redisClock });
  const repairReader = createReplicaReader({ redis, prefix, timeoutMs: feedTimeoutMs, clock: redisClock });
  const feeds = startFeeds({
    redis,
    reader: repairReader,
    heartbeatMs,
    timeoutMs: feedTimeoutMs,
    random,
    onTrouble: report,
  });
  const counters = createCounters();
  let isClosed = false;
  const sieve = new Sieve(checked.maxEntries);
  const closed$ = new ReplaySubject<void>(1);
  const ticks: Ticks = { now: 0 };
  // Kept, not searched for: each of many tenants tells of its feed.
  const lost = new Set<TenantFollower>();
  const parts: FollowerParts = {
    feeds,
    reader,
    repairReader,
    ticks,
    counters,
    open: createEnvelopeOpener(),
    options: checked,
    now,
    loads: createLoads({ redis, prefix }),
    unsourced: new Set(),
    report,
    onFeedState(follower) {
      if (follower.lost === undefined) lost.delete(follower);
      else lost.add(follower);
      status.update();
    },
  };
  const layered: LayeredParts = { groups: defineGroups(), seatOf: tenant => tenants.seatOf(tenant), now, report };
  const tenants = new HeldTenants({
    ticks,
    maxTenants: checked.maxTenants,
    idleTicks: Math.ceil(checked.idleMs / tickMs(checked)),
    idleTenantTicks: Math.ceil(checked.idleTenantMs / tickMs(checked)),
    startFollower,
    clientOf: (tenant, own, global) =>
      createTenantClient({ tenant, own, global, layered, times: { now, clock }, closed$ }),
  });
  const status = new ClientStatusSource({ redis, clock, lost: () => firstOf(lost)?.lost });
  status.status$.subscribe(({ state }) => state === 'ready' && troubles.forget());
  const housekeeping = startHousekeeping(checked, tenants, report);

  function startFollower(tenant: Tenant): TenantFollower {
    // A source has what tenants have of their own: neither the global one nor a group has anything to load.
    const hasSource = checked.source !== undefined && isOwnTenant(tenant);
    const follower = new TenantFollower(new TenantMemory(tenant, sieve, clock(), hasSource), parts);
    if (isClosed) follower.close();
    return follower;
  }

  const reached = whenReady(redis).then(() => redisClock.measure(redis));
  await within(readTimeoutMs, 'Connecting to Redis', reached).catch(report);
  const client: Client = {
    tenant: id => tenants.clientOf(tenantId(id)),
    global: tenants.global.client,
    status$: status.status$,
    stats: () => ({
      ...counters,
      tenants: tenants.count,
      tenantsLetGo: tenants.tenantsLetGo,
      followed: count(tenants.followers(), follower => follower.isOpen),
      entries: sieve.count,
      watched: [...tenants.followers()].reduce((sum, { memory }) => sum + memory.watched.size, 0),
      evicted: sieve.evicted,
      ...feeds.counters,
    }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      closed$.next();
      housekeeping.close();
      for (const follower of tenants.followers()) follower.close();
      status.close();
      await feeds.close();
      closeRedis();
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
  return client;
}

function firstOf<T>([first]: Iterable<T>): T | undefined {
  return first;
}

function count<T>(items: Iterable<T>, holds: (item: T) => boolean): number {
  let found = 0;
  for (const item of items) if (holds(item)) found++;
  return found;
}
