// The write side: the records in Redis.

export { createReplica, type RecordChange, type Replica, type ReplicaOptions } from './replica/create-replica.ts';

// Who is to be served first.

export { hottestTenants } from './replica/hottest-tenants.ts';

// Configs that are deregistered.

export { type ConfigRetirer, createConfigRetirer, type RetiringConfig } from './configs/create-config-retirer.ts';

// Configs that are written to Redis first, and to the database later.

export {
  type ConfigAnswer,
  type ConfigPut,
  type ConfigWrites,
  createConfigWrites,
  type StandingConfig,
} from './configs/create-config-writes.ts';
export {
  createDirtyConfigs,
  type DirtyConfigs,
  type FailurePolicy,
  type SettledWrite,
} from './configs/create-dirty-configs.ts';
export { createWriteIds, type DirtyEntry, type DirtyWrite } from './configs/dirty-entry.ts';
export { type DurableWrite, DurableWrites, type Requirement } from './connection/durable-writes.ts';
export { findEviction } from './connection/find-eviction.ts';
export { openWriteConnection } from './connection/open-write-connection.ts';

// What readers write that load configs from elsewhere.

export { createLoads, type Fill, type FillOutcome, type Loads } from './configs/create-loads.ts';

// What stands there, for those who compare it with the database.

export { createHistory, type ReplicaHistory, type ReplicaMark } from './replica/create-replica-marks.ts';
export { readStanding, type Standing, type StandingRecord } from './replica/read-records.ts';
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
  type FeedHead,
  type FeedPosition,
  type ReplicaReader,
  type ReplicaReaderOptions,
  type ReplicaSnapshot,
} from './replica/create-replica-reader.ts';

// The connection: the application's own, with a budget around every wait.

export { DISCONNECT_MS, endConnection } from './connection/end-connection.ts';
export { checkRedisClient, isCluster, type RedisClient, whenReady } from './connection/redis-client.ts';
export { within } from './connection/within.ts';
