import { type Tenant, tenantId } from '@tenantry/protocol';
import { Attempts, defineGroups, groupTenant, isOwnTenant, logError, logOf } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import { type Observable, ReplaySubject } from 'rxjs';
import { createEnvelopeOpener } from './admission/open-envelope.ts';
import { type ClientOptions, checkOptions } from './client-options.ts';
import { type HealthReason, healthOf, type WatchStatus } from './lifecycle/client-health.ts';
import { type ClientStats, statsOf } from './lifecycle/client-stats.ts';
import { ClientStatusSource } from './lifecycle/client-status.ts';
import type { ReadyOptions } from './lifecycle/ready-options.ts';
import { RefusedTenants } from './lifecycle/refused-tenants.ts';
import type { ClientStatus } from './lifecycle/status-machine.ts';
import { whenReady } from './lifecycle/when-ready.ts';
import { type MemoryChange, MemoryChanges } from './memory/memory-changes.ts';
import { Sieve } from './memory/sieve.ts';
import { TenantMemory } from './memory/tenant-memory.ts';
import type { Ticks } from './memory/ticks.ts';
import { openReplica } from './open-replica.ts';
import { type Preloaded, type PreloadOptions, preload } from './preload/preload.ts';
import { SourceGuard } from './protection/source-guard.ts';
import { createCounters } from './reads/counters.ts';
import { LagCounter } from './reads/lag-histogram.ts';
import { MemorySweep } from './repair/memory-sweep.ts';
import { ClientSnapshots } from './snapshot/client-snapshots.ts';
import { startHousekeeping, tickMs } from './start-housekeeping.ts';
import { createTroubles } from './tell-troubles.ts';
import { createTenantClient } from './tenant/create-tenant-client.ts';
import type { FollowerParts } from './tenant/follower-parts.ts';
import { HeldTenants } from './tenant/held-tenants.ts';
import { LayeredConfigs } from './tenant/layers/layered-configs.ts';
import { LayeredReads } from './tenant/layers/layered-reads.ts';
import type { TenantClient } from './tenant/tenant-client.ts';
import { TenantFollower } from './tenant/tenant-follower.ts';
import { RefreshTurns } from './warmth/refresh-turns.ts';

/** So many loads of the source go in the background at once. */
const MOST_REFRESHES = 32;

/** Reads and watches the configuration of any tenant. */
export interface Client extends AsyncDisposable {
  /** The same object for the same id, for as long as the application keeps it. `INVALID_TENANT` where it is none. */
  tenant(id: string | number | bigint): TenantClient;
  /** The one global tenant: the entities without a tenant property, and what is set for all tenants. */
  readonly global: TenantClient;
  /**
   * What is set for the tenants of a group, as its tenants inherit it: for tools that show scopes. Applications read a tenant. The same object for
   * the same name, as `tenant`. `INVALID_GROUP` where it is no group's name; whether there is such a group is not asked.
   */
  group(name: string): TenantClient;
  /** How far the answers can be trusted: the present status, then each change. Completes on close. */
  readonly status$: Observable<ClientStatus>;
  /**
   * Which addresses memory has another state of, or was told of a newer value, scope by scope: what was read before and is followed still.
   * `missed` says of each event whether it tells what had changed meanwhile, as after a lost connection. A value that ends by its own time,
   * and a first read, are none. Never errors; completes on close. A tenant's `changes$` tells what its feed does: of every record, read or
   * not, in order, and from where you were.
   */
  readonly memoryChanges$: Observable<MemoryChange>;
  /**
   * Resolves when there is something usable to serve, or with `freshness: 'live'` when a live feed stands behind it. Rejects after `timeoutMs`
   * with `NOT_READY`, which says what is missing, and with `CLOSED` when the client is closed; never later. `INVALID_OPTION`,
   * `INVALID_TENANT`, `INVALID_KEY` for what cannot be waited for.
   */
  whenReady(options?: ReadyOptions): Promise<void>;
  /**
   * Brings refs of many tenants into memory, some at a time, so that the first calls need not wait. What could not be brought is in the result.
   * Rejects with `INVALID_OPTION`, `INVALID_TENANT`, `INVALID_GROUP`, `INVALID_KEY`, and `CLOSED`.
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
 * Connects to the replica in Redis, or takes one that is in this process (`replica`). Resolves when Redis was reached, or after `readTimeoutMs` without it; at once where `snapshotFile` or
 * `bootstrap` has something to serve. A client that starts without Redis is `connecting`, and recovers by itself; `whenReady` waits for more.
 * Rejects with `INVALID_OPTION`, and for a value of `bootstrap` with what is wrong with it; never because of Redis or of the file.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one place that puts the parts together.
export async function createClient(options: ClientOptions): Promise<Client> {
  const given = checkOptions(options);
  const { readTimeoutMs, clock, random } = given;
  const log = logOf(given.logger);
  const tellTrouble = (error: unknown) => {
    logError(log, 'warn', error);
    given.onTrouble(error);
  };
  const troubles = createTroubles(tellTrouble, clock);
  const report = troubles.tell;
  const replica = openReplica(given, {
    report,
    onMove() {
      for (const follower of tenants.followers()) follower.timeMoved();
    },
    onUnfilled: () => log?.('warn', unfilledLine(given.prefix)),
  });
  const { now, reader, repairReader, feeds, loads } = replica;
  const checked = { ...given, source: replica.source };
  const counters = createCounters();
  const [lag, sourceCalls] = [new LagCounter(), new Attempts(clock)];
  const guard = new SourceGuard({ protection: checked.protect, clock, report });
  let isClosed = false;
  const sieve = new Sieve(checked.maxEntries);
  const changes = new MemoryChanges();
  const closed$ = new ReplaySubject<void>(1);
  // From 1: a read at the start is told from none.
  const ticks: Ticks = { now: 1 };
  const resources = new Set<AsyncDisposable>();
  // Kept, not searched for: each of many tenants tells of its feed.
  const lost = new Set<TenantFollower>();
  const refused = new RefusedTenants(clock);
  const open = createEnvelopeOpener(checked.snapshotFile !== undefined);
  const snapshots = new ClientSnapshots({ ...checked, open, now, report, tenants: () => tenants.followers() });
  await snapshots.read();
  const parts: FollowerParts<TenantFollower> = {
    feeds,
    reader,
    repairReader,
    ticks,
    sweep: new MemorySweep(),
    counters,
    lag,
    sourceCalls,
    guard,
    turns: new RefreshTurns(MOST_REFRESHES),
    open,
    options: checked,
    now,
    loads,
    unsourced: new Set(),
    report,
    refused: (tenant, part, why) => refused.note(tenant, part, why),
    onFeedState(follower) {
      if (!follower.isOpen) refused.forget(follower.tenant);
      // What Redis refuses to this user is no state of the client: it is as current as it can be.
      if (follower.lost === undefined || refused.has(follower.tenant)) lost.delete(follower);
      else lost.add(follower);
      status.update();
    },
  };
  const times = { now, clock };
  const seatOf = (tenant: Tenant) => tenants.seatOf(tenant);
  const layered = new LayeredConfigs({ groups: defineGroups(), seatOf, now, report }, times);
  const reading = { times, counters, closed$, readTimeoutMs, repairReader };
  const layeredReads = new LayeredReads(layered, reading);
  const clientParts = { ...reading, layered, layeredReads, random, resources, report };
  const tenants = new HeldTenants({
    ticks,
    maxTenants: checked.maxTenants,
    idleTicks: Math.ceil(checked.idleMs / tickMs(checked)),
    idleTenantTicks: Math.ceil(checked.idleTenantMs / tickMs(checked)),
    startFollower,
    hasSaved: tenant => snapshots.has(tenant),
    clientOf: (own, global) => createTenantClient(own, global, clientParts),
  });
  const status = new ClientStatusSource({ redis: replica.connection, clock, lost: () => firstOf(lost)?.lost });
  status.status$.subscribe(({ state, why }) => {
    if (state === 'ready') troubles.forget();
    log?.(state === 'stale' ? 'warn' : 'info', `the client is ${state}: ${why}`, { state });
  });
  const housekeeping = startHousekeeping(checked, tenants, report);

  function startFollower(tenant: Tenant): TenantFollower {
    // A source has what tenants have of their own: neither the global one nor a group has anything to load.
    const hasSource = checked.source !== undefined && isOwnTenant(tenant);
    const memory = new TenantMemory(tenant, sieve, clock(), hasSource, changes);
    const follower = new TenantFollower(memory, parts, snapshots.shelfOf(memory));
    if (isClosed) follower.close();
    return follower;
  }

  const hasSaved = () => snapshots.usable !== undefined;
  const connected = within(readTimeoutMs, 'Connecting to Redis', replica.connected());
  const connecting = connected.catch(error => isClosed || report(error));
  // Its first callers may be served, so they need not wait; a `get` of theirs asks Redis all the same, within its own budget.
  if (!hasSaved()) await connecting;
  snapshots.start();
  const client: Client = {
    tenant: id => tenants.clientOf(tenantId(id)),
    global: tenants.global.client,
    group: name => tenants.clientOf(groupTenant(name)),
    status$: status.status$,
    memoryChanges$: changes.changes$,
    whenReady: options => whenReady({ status$: status.status$, closed$, now, layered, seatOf, hasSaved }, options),
    preload: options =>
      preload(
        { isClosed: () => isClosed, closed$, layeredReads, seatOf, memories: () => memoriesOf(tenants) },
        options,
      ),
    health: () =>
      healthOf({
        status,
        feedAttempts: feeds.attempts,
        sourceCalls,
        guard,
        lost,
        refused,
        clock,
        saved: () => snapshots.unconfirmed(status.status.state),
      }),
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
      // Before the feeds end, and with them what is known of their positions.
      const saved = snapshots.close();
      for (const follower of tenants.followers()) follower.close();
      status.close();
      changes.close();
      await feeds.close();
      replica.close();
      await Promise.all([...resources].map(resource => resource[Symbol.asyncDispose]()));
      await saved;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
  return client;
}

/** A reader with another prefix than its writers finds nothing, and nothing fails. */
function unfilledLine(prefix: string): string {
  return `Redis is not filled under the prefix "${prefix}": no worker has filled it yet, or the writers have another prefix`;
}

function* memoriesOf(tenants: HeldTenants): Iterable<TenantMemory> {
  for (const { memory } of tenants.followers()) yield memory;
}

function firstOf<T>([first]: Iterable<T>): T | undefined {
  return first;
}
