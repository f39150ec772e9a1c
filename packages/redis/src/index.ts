// The write side: the records in Redis.

export { createReplica, type RecordChange, type Replica, type ReplicaOptions } from './replica/create-replica.ts';

// Who is to be served first.

export { hottestTenants } from './replica/hottest-tenants.ts';

// Configs that are deregistered.

export { type ConfigRetirer, createConfigRetirer, type RetiringConfig } from './configs/create-config-retirer.ts';

// Configs that are written to Redis first, and to the database later.

export {
  type ActualConfig,
  type ConfigAnswer,
  type ConfigPut,
  type ConfigWrites,
  createConfigWrites,
} from './configs/create-config-writes.ts';
export {
  DirtyConfigs,
  type FailurePolicy,
  type FlushedWrite,
} from './configs/dirty-configs.ts';
export { createWriteIds, type DirtyEntry, type DirtyWrite } from './configs/dirty-entry.ts';
export { type DurableWrite, DurableWrites, type Requirement } from './connection/durable-writes.ts';
export { evictionProblemOf } from './connection/eviction-problem.ts';
export { openWriteConnection } from './connection/open-write-connection.ts';

// What readers and workers write that load configs from elsewhere.

export { createLoads, type KeepOutcome, type Loads } from './configs/create-loads.ts';
export { createLoadedEncoder, type EncodeLoaded, type LoadedRecord } from './configs/loaded-record.ts';

// What stands there, for those who compare it with the database.

export { createReplicaMarks, type ReplicaMarks, type Watermark } from './replica/create-replica-marks.ts';
export { type ActualRecord, type ActualRecords, readRecords } from './replica/read-records.ts';
export {
  type ReplicaPage,
  type ScannedKey,
  type ScannedRecord,
  type ScanOptions,
  type ScanPosition,
  scanReplica,
} from './replica/scan-replica.ts';

// The read side: the records and the feed that keeps readers current.

export type { FeedFollower } from './feed/feed-follower.ts';
export { type Feeds, type FeedsOptions, type FollowedFeed, startFeeds } from './feed/start-feeds.ts';
export type { FeedCounters, TenantFeed } from './feed/tenant-feed.ts';
export {
  createReplicaReader,
  type ReplicaReader,
  type ReplicaReaderOptions,
  type ReplicaSnapshot,
} from './replica/create-replica-reader.ts';
export type { FeedHead, FeedPosition } from './replica/feed-head.ts';

// The connection: the application's own, with a budget around every wait.

export { DISCONNECT_MS, endConnection } from './connection/end-connection.ts';
export { checkRedisClient, isCluster, type RedisClient, whenReady } from './connection/redis-client.ts';
export { within } from './connection/within.ts';
