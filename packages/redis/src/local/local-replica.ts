import type { ConfigSource, Tenant } from '@tenantry/protocol';
import type { RedisNames } from '@tenantry/protocol/wire';
import type { Loads } from '../configs/create-loads.ts';
import type { FeedSubscriber } from '../feed/pushes/feed-subscriber.ts';
import type { RecordChange } from '../replica/create-replica.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';

/** A change of a record in this process: what cannot be published is told by its publisher, and marks no record. */
export type LocalChange = Omit<RecordChange, 'isBehind'>;

/**
 * A replica in this process: what Redis is to readers and writers, for as long as the process lives. Given to `createClient` as `replica`.
 * It is always there: it answers at once, and loses nothing.
 */
export interface LocalReplica {
  readonly names: RedisNames;
  /** Reads records, heads and messages. */
  readonly reader: ReplicaReader;
  /** Values that readers loaded. */
  readonly loads: Loads;
  /** Where its values come from, for configs whose values no replica keeps. */
  readonly source?: ConfigSource | undefined;
  /** Applies all changes in one step and tells readers in one message, as `Replica.apply` does. */
  apply(tenant: Tenant, changes: readonly LocalChange[]): boolean[];
  /** Listens to feeds, for one reader. */
  subscribe(): FeedSubscriber;
}
