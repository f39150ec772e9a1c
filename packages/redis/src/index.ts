// Only the packages of Tenantry import this one: packages/mikro-orm and packages/worker the write side, packages/sdk the
// read side.

// The write side: records, fills, and what Redis has of them.

export { createReplica, type RecordChange, type Replica, type ReplicaOptions } from './replica/create-replica.ts';
export { createReplicaMarks, type ReplicaMarks, type Watermark } from './replica/create-replica-marks.ts';
export { hottestTenants } from './replica/hottest-tenants.ts';
export { type ActualRecord, type ActualRecords, readRecords } from './replica/read-records.ts';
export {
  type ReplicaPage,
  type ScannedKey,
  type ScannedRecord,
  type ScanOptions,
  type ScanPosition,
  scanReplica,
} from './replica/scan-replica.ts';

// The write side: configs that are written to Redis first, flushed to the database later, or deregistered.

export { type ConfigRetirer, createConfigRetirer, type RetiringConfig } from './configs/create-config-retirer.ts';
export {
  type ActualConfig,
  type ConfigAnswer,
  type ConfigPut,
  type ConfigWrites,
  createConfigWrites,
} from './configs/create-config-writes.ts';
export {
  DirtyConfigs,
  type DirtyConfigsParts,
  type FailurePolicy,
  type FlushedWrite,
} from './configs/dirty-configs.ts';
export { createWriteIds, type DirtyEntry, type DirtyWrite } from './configs/dirty-entry.ts';
export { type DurableWrite, DurableWrites, type Requirement } from './connection/durable-writes.ts';
export { evictionProblemOf } from './connection/eviction-problem.ts';
export { WriteConnection } from './connection/write-connection.ts';

// The read side: records, loaded values, and the feed that keeps readers current.

export { createLoads, type KeepOutcome, type Loads } from './configs/create-loads.ts';
export { createLoadedEncoder, type EncodeLoaded, hasEnded, type LoadedRecord } from './configs/loaded-record.ts';
export type { FeedFollower } from './feed/feed-follower.ts';
export type { SavedFeedMark } from './feed/feed-marks.ts';
export type { FeedCounters } from './feed/feed-repair.ts';
export type { Feeds, FollowedFeed } from './feed/feeds.ts';
export { type FeedsOptions, startFeeds } from './feed/start-feeds.ts';
export type { TenantFeed } from './feed/tenant-feed.ts';
export {
  createReplicaReader,
  type ReplicaReader,
  type ReplicaReaderOptions,
  type ReplicaSnapshot,
} from './replica/create-replica-reader.ts';
export type { FeedHead, FeedPosition } from './replica/feed-head.ts';

// Both sides: a replica in this process, without Redis.

export { createLocalReplica, type LocalReplicaOptions } from './local/create-local-replica.ts';
export type { LocalChange, LocalReplica } from './local/local-replica.ts';
export { type LocalFeedsOptions, startLocalFeeds } from './local/start-local-feeds.ts';

// Both sides: what whoever watches is told.

export {
  type ApplySignal,
  type AuditSignal,
  type CommitSignal,
  type DeadSignal,
  type DeferSignal,
  type FeedSignal,
  type FillSignal,
  hear,
  type OutboxSignal,
  type PublishSignal,
  type RelaySignal,
  type RepairSignal,
  type Signal,
  type Signals,
  signals,
  type WriteBackSignal,
} from './signals/signals.ts';

// Both sides: moments of a feed, as texts that travel between services.

export { BEGINNING, decodeReadToken, encodeReadToken, type ReadToken } from './replica/read-token.ts';

// Both sides: the application's connection, with a budget around every wait.

export { duplicateCluster } from './connection/duplicate-cluster.ts';
export { DISCONNECT_MS, endConnection } from './connection/end-connection.ts';
export { openRedisUrl, URL_OR_INSTANCE } from './connection/open-redis-url.ts';
export { checkRedisClient, isCluster, type RedisClient, whenReady } from './connection/redis-client.ts';
export { createRedisClock, type RedisClock } from './connection/redis-clock.ts';
export { isConnectionLost } from './connection/redis-errors.ts';
export { whenReadyBeside } from './connection/when-ready-beside.ts';
export { within } from './connection/within.ts';
export { endTimerWithSocket } from './connection/within-ioredis.ts';
export { readConnectionName } from './feed/pushes/connection-name.ts';
