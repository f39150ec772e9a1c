// The write side: the records in Redis.

export { createReplica, type RecordChange, type Replica, type ReplicaOptions } from './create-replica.ts';

// Who is to be served first.

export { hottestTenants } from './hottest-tenants.ts';

// Configs that are deregistered.

export { type ConfigRetirer, createConfigRetirer, type RetiringConfig } from './create-config-retirer.ts';

// Configs that are written to Redis first, and to the database later.

export {
  type ConfigAnswer,
  type ConfigPut,
  type ConfigWrites,
  createConfigWrites,
  type StandingConfig,
} from './create-config-writes.ts';
export {
  createDirtyConfigs,
  type DirtyConfigs,
  type FailurePolicy,
  type SettledWrite,
} from './create-dirty-configs.ts';
export { createWriteIds, type DirtyEntry, type DirtyWrite } from './dirty-entry.ts';
export { type DurableWrite, DurableWrites, type Requirement } from './durable-writes.ts';
export { findEviction } from './find-eviction.ts';
export { openWriteConnection } from './open-write-connection.ts';

// What readers write that load configs from elsewhere.

export { createLoads, type Fill, type FillOutcome, type Loads } from './create-loads.ts';

// What stands there, for those who compare it with the database.

export { createHistory, type ReplicaHistory, type ReplicaMark } from './create-history.ts';
export { readStanding, type Standing, type StandingRecord } from './read-standing.ts';
export {
  type ReplicaPage,
  type ScannedKey,
  type ScannedRecord,
  type ScanOptions,
  type ScanPosition,
  scanReplica,
} from './scan-replica.ts';

// The read side: the records and the feed that keeps readers current.

export {
  createReplicaReader,
  type FeedHead,
  type FeedPosition,
  type ReplicaReader,
  type ReplicaReaderOptions,
  type ReplicaSnapshot,
} from './create-replica-reader.ts';
export type { FeedFollower } from './feed-follower.ts';
export { type Feeds, type FeedsOptions, type FollowedFeed, startFeeds } from './start-feeds.ts';
export type { FeedCounters, TenantFeed } from './tenant-feed.ts';

// The connection: the application's own, with a budget around every wait.

export { DISCONNECT_MS, endConnection } from './end-connection.ts';
export { checkRedisClient, isCluster, type RedisClient, whenReady } from './redis-client.ts';
export { within } from './within.ts';
