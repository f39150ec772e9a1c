import { GLOBAL_TENANT, type Tenant, tenantId } from '@tenantry/protocol';
import { Attempts } from '@tenantry/protocol/internal';
import {
  createLoads,
  createRedisClock,
  createReplicaReader,
  startFeeds,
  whenReady as whenConnected,
  within,
} from '@tenantry/redis';
import { type Observable, ReplaySubject } from 'rxjs';
import { createEnvelopeOpener } from './admission/open-envelope.ts';
import { type ClientOptions, checkOptions } from './client-options.ts';
import { type HealthReason, healthOf, type WatchStatus } from './lifecycle/client-health.ts';
import { type ClientStats, statsOf } from './lifecycle/client-stats.ts';
import { ClientStatusSource } from './lifecycle/client-status.ts';
import type { ReadyOptions } from './lifecycle/ready-options.ts';
import type { ClientStatus } from './lifecycle/status-machine.ts';
import { whenReady } from './lifecycle/when-ready.ts';
import { Sieve } from './memory/sieve.ts';
import { TenantMemory } from './memory/tenant-memory.ts';
import type { Ticks } from './memory/ticks.ts';
import { openRedis } from './open-redis.ts';
import { type Preloaded, type PreloadOptions, preload } from './preload/preload.ts';
import { checkProtection } from './protection/protect-options.ts';
import { SourceGuard } from './protection/source-guard.ts';
import { createCounters } from './reads/counters.ts';
import { LagCounter } from './reads/lag-histogram.ts';
import { startHousekeeping, tickMs } from './start-housekeeping.ts';
import { createTroubles } from './tell-troubles.ts';
import { createTenantClient } from './tenant/create-tenant-client.ts';
import type { FollowerParts } from './tenant/follower-parts.ts';
import { HeldTenants } from './tenant/held-tenants.ts';
import type { TenantClient } from './tenant/tenant-client.ts';
import { TenantFollower } from './tenant/tenant-follower.ts';
import { hottestConfigs } from './warmth/heat.ts';
import { RefreshTurns } from './warmth/refresh-turns.ts';

/** So many loads of the source go in the background at once. */
const MOST_REFRESHES = 32;
/** So many configs are preloaded where none are named. */
const MOST_PRELOADED = 100;

/** Reads and watches the configuration of any tenant. */
export interface Client extends AsyncDisposable {
  /** The same object for the same id, for as long as the application keeps it. `INVALID_TENANT` where it is none. */
  tenant(id: string | number | bigint): TenantClient;
  /** The one global tenant: the entities without a tenant property. */
  readonly global: TenantClient;
  /** How far the answers can be trusted: the present status, then each change. Completes on close. */
  readonly status$: Observable<ClientStatus>;
  /**
   * Resolves when there is something usable to serve, or with `freshness: 'live'` when a live feed stands behind it. Rejects after `timeoutMs`
   * with `NOT_READY`, which says what is missing, and with `CLOSED` when the client is closed; never later. `INVALID_OPTION`,
   * `INVALID_TENANT`, `INVALID_KEY` for what cannot be waited for.
   */
  whenReady(options?: ReadyOptions): Promise<void>;
  /**
   * Brings refs of many tenants into memory, some at a time, so that the first calls need not wait. What could not be brought is in the result.
   * Rejects with `INVALID_OPTION`, `INVALID_TENANT`, `INVALID_KEY`, and `CLOSED`.
   */
  preload(options?: PreloadOptions): Promise<Preloaded>;
  /** What is not as it should be, or null. An answer from memory: nothing is asked. */
  health(): readonly HealthReason[] | null;
  /** How the connection for pushes goes. */
  watchStatus(): WatchStatus;
  /** Counts since the start, and what there is now. */
  stats(): ClientStats;
  /**
   * Ends every watch, every wait and every resource, and the connections that were opened here. Idempotent. `peek` goes on answering from
   * memory.
   */
  close(): Promise<void>;
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
    clock,
    random,
    onTrouble: report,
  });
  const counters = createCounters();
  const [lag, sourceCalls] = [new LagCounter(), new Attempts(clock)];
  const guard = new SourceGuard({ protection: checked.protect && checkProtection(checked.protect), clock, report });
  let isClosed = false;
  const sieve = new Sieve(checked.maxEntries);
  const closed$ = new ReplaySubject<void>(1);
  // From 1: a read at the start is told from none.
  const ticks: Ticks = { now: 1 };
  const resources = new Set<AsyncDisposable>();
  // Kept, not searched for: each of many tenants tells of its feed.
  const lost = new Set<TenantFollower>();
  const parts: FollowerParts<TenantFollower> = {
    feeds,
    reader,
    repairReader,
    ticks,
    counters,
    lag,
    sourceCalls,
    guard,
    turns: new RefreshTurns(MOST_REFRESHES),
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
  const tenants = new HeldTenants({
    ticks,
    maxTenants: checked.maxTenants,
    idleTicks: Math.ceil(checked.idleMs / tickMs(checked)),
    idleTenantTicks: Math.ceil(checked.idleTenantMs / tickMs(checked)),
    startFollower,
    clientOf: (own, global) =>
      createTenantClient({
        own,
        global,
        times: { now, clock },
        counters,
        closed$,
        random,
        readTimeoutMs,
        repairReader,
        resources,
        report,
      }),
  });
  const status = new ClientStatusSource({ redis, clock, lost: () => firstOf(lost)?.lost });
  status.status$.subscribe(({ state }) => state === 'ready' && troubles.forget());
  const housekeeping = startHousekeeping(checked, tenants, report);

  function startFollower(tenant: Tenant): TenantFollower {
    // Configs belong to tenants: the global one has nothing to load.
    const hasSource = checked.source !== undefined && tenant !== GLOBAL_TENANT;
    const follower = new TenantFollower(new TenantMemory(tenant, sieve, clock(), hasSource), parts);
    if (isClosed) follower.close();
    return follower;
  }

  const reached = whenConnected(redis).then(() => redisClock.measure(redis));
  await within(readTimeoutMs, 'Connecting to Redis', reached).catch(report);
  const client: Client = {
    tenant: id => tenants.clientOf(tenantId(id)),
    global: tenants.global.client,
    status$: status.status$,
    whenReady: options =>
      whenReady({ status$: status.status$, closed$, now, seatOf: tenant => tenants.seatOf(tenant) }, options),
    preload: options =>
      preload(
        {
          isClosed: () => isClosed,
          closed$,
          seatOf: tenant => tenants.seatOf(tenant),
          held: () => [...tenants.followers()].map(({ tenant }) => tenant).filter(tenant => tenant !== GLOBAL_TENANT),
          hottest: () =>
            hottestConfigs(
              [...tenants.followers()].map(({ memory }) => memory),
              MOST_PRELOADED,
            ),
        },
        options,
      ),
    health: () => healthOf({ status, feedAttempts: feeds.attempts, sourceCalls, guard, lost, clock }),
    watchStatus() {
      const { consecutiveFailures, lastError, lastAttemptAt } = feeds.attempts;
      return { connected: feeds.isConnected, consecutiveFailures, lastError, lastAttemptAt };
    },
    stats: () => statsOf({ counters, lag, tenants, sieve, feeds }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      closed$.next();
      housekeeping.close();
      for (const follower of tenants.followers()) follower.close();
      status.close();
      await feeds.close();
      closeRedis();
      await Promise.all([...resources].map(resource => resource[Symbol.asyncDispose]()));
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
  return client;
}

function firstOf<T>([first]: Iterable<T>): T | undefined {
  return first;
}
