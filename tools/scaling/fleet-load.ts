import { headsPerHeartbeat } from '../../packages/redis/src/feed/head-turns.ts';

/** What one thing costs, measured on one machine by measure-constants.ts. µs are of Redis's one core unless said otherwise. */
export interface Constants {
  /** Redis, bytes: a tenant's own names; a record in its hash; a key with its envelope, without the value. */
  readonly tenantBytes: number;
  readonly recordBytes: number;
  readonly keyBytes: number;
  /** Redis, bytes: a message in a feed's stream, without the value; a connection; a channel that somebody follows. */
  readonly messageBytes: number;
  readonly connectionBytes: number;
  readonly subscriptionBytes: number;
  readonly applyMicros: number;
  readonly deliveryMicros: number;
  /** What a heartbeat asks beside heads: the connection for its subscriptions, the fill state and the time. */
  readonly beatMicros: number;
  readonly headMicros: number;
  readonly readMicros: number;
  readonly subscribeMicros: number;
  /** A name that a SCAN passes. */
  readonly scanMicros: number;
  /** A reader's heap, bytes: a followed tenant; an address in memory, without the value. */
  readonly readerTenantBytes: number;
  readonly readerEntryBytes: number;
}

/** An installation. */
export interface Fleet {
  readonly tenants: number;
  readonly recordsPerTenant: number;
  readonly keysPerRecord: number;
  readonly valueBytes: number;
  /** Messages that a feed keeps. */
  readonly feedLength: number;
  /** Reading processes, and how many tenants each follows at a time. */
  readonly processes: number;
  readonly followed: number;
  /** Changed records per second over all tenants. */
  readonly writes: number;
  readonly heartbeatSeconds: number;
  readonly sweepSeconds: number;
}

/** What an installation asks of its servers. */
export interface Load {
  readonly redisGigabytes: number;
  readonly connections: number;
  readonly followersPerTenant: number;
  readonly deliveriesPerSecond: number;
  /** Commands of all heartbeats. */
  readonly checksPerSecond: number;
  readonly outboxRowsPerDay: number;
  /** Cores of Redis, each by what it is spent on. */
  readonly writeCores: number;
  readonly deliveryCores: number;
  readonly heartbeatCores: number;
  readonly sweepCores: number;
  readonly cores: number;
  /** All readers reconnect at once: seconds of one core of Redis until each follows again. */
  readonly reconnectSeconds: number;
  /** A pass over all names, as a purge or a fill makes: seconds of one core of Redis. */
  readonly scanSeconds: number;
  readonly readerMegabytes: number;
}

/** Connections of a reading process: for commands, and for pushes. */
const READER_CONNECTIONS = 2;

/** Commands of a heartbeat beside heads: UNSUBSCRIBE, GET, TIME. */
const BEAT_COMMANDS = 3;

/** The arithmetic of docs/reference/scaling.md. */
export function loadOf(fleet: Fleet, of: Constants): Load {
  const { tenants, recordsPerTenant, keysPerRecord, valueBytes, processes, followed, writes } = fleet;
  const keys = recordsPerTenant * keysPerRecord;
  const messages = Math.min(fleet.feedLength, 4 * recordsPerTenant);
  const subscriptions = processes * followed;
  const perTenant =
    of.tenantBytes +
    recordsPerTenant * of.recordBytes +
    keys * (of.keyBytes + valueBytes) +
    messages * (of.messageBytes + valueBytes);
  const connections = processes * READER_CONNECTIONS;
  const redisBytes = tenants * perTenant + connections * of.connectionBytes + subscriptions * of.subscriptionBytes;
  const followersPerTenant = subscriptions / tenants;
  const deliveriesPerSecond = writes * followersPerTenant;
  const beatsPerSecond = processes / fleet.heartbeatSeconds;
  const heads = headsPerHeartbeat(followed, 1_000 * fleet.heartbeatSeconds);
  const sweepsPerSecond = subscriptions / fleet.sweepSeconds;
  const cores = {
    writeCores: (writes * of.applyMicros) / 1e6,
    deliveryCores: (deliveriesPerSecond * of.deliveryMicros) / 1e6,
    heartbeatCores: (beatsPerSecond * (of.beatMicros + heads * of.headMicros)) / 1e6,
    // A sweep reads every address that a process has of a tenant, in one MGET.
    sweepCores: (sweepsPerSecond * of.readMicros * keys) / 1e6,
  };
  return {
    redisGigabytes: redisBytes / 1e9,
    connections,
    followersPerTenant,
    deliveriesPerSecond,
    checksPerSecond: beatsPerSecond * (BEAT_COMMANDS + heads),
    outboxRowsPerDay: writes * 86_400,
    ...cores,
    cores: Object.values(cores).reduce((sum, each) => sum + each),
    reconnectSeconds: (subscriptions * (of.subscribeMicros + of.headMicros)) / 1e6,
    scanSeconds: (tenants * (keys + 4) * of.scanMicros) / 1e6,
    readerMegabytes: (followed * (of.readerTenantBytes + keys * (of.readerEntryBytes + valueBytes))) / 1e6,
  };
}
