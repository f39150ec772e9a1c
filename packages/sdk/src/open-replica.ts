import type { ConfigSource } from '@tenantry/protocol';
import {
  createLoads,
  createRedisClock,
  createReplicaReader,
  type Feeds,
  type Loads,
  type LocalReplica,
  type ReplicaReader,
  startFeeds,
  startLocalFeeds,
  whenReady,
} from '@tenantry/redis';
import type { CheckedOptions } from './client-options.ts';
import type { WatchedConnection } from './lifecycle/client-status.ts';
import { openRedis } from './open-redis.ts';

/** Where a client reads: the replica in Redis, or one in its own process. */
export interface OpenedReplica {
  readonly connection: WatchedConnection;
  /** ms since 1970 by the clock that values end by. */
  readonly now: () => number;
  readonly reader: ReplicaReader;
  /** The same with the budget of a repair. */
  readonly repairReader: ReplicaReader;
  readonly feeds: Feeds;
  readonly loads: Loads;
  readonly source: ConfigSource | undefined;
  /** Resolves once it was reached. */
  connected(): Promise<void>;
  /** Ends what was opened here, but for the feeds. */
  close(): void;
}

/** What it tells. */
export interface OpenedReplicaParts {
  readonly report: (error: unknown) => void;
  /** `now` has moved by more than time did. */
  readonly onMove: () => void;
  /** No worker has ever filled Redis under the prefix, or it lost everything. */
  readonly onUnfilled: () => void;
}

/** Takes the replica of the options, or connects to the one in Redis. */
export function openReplica(options: CheckedOptions, parts: OpenedReplicaParts): OpenedReplica {
  const { replica } = options;
  return replica ? openLocal(replica, options, parts) : openInRedis(options, parts);
}

function openInRedis(options: CheckedOptions, { report, onMove, onUnfilled }: OpenedReplicaParts): OpenedReplica {
  const { prefix, readTimeoutMs, feedTimeoutMs, heartbeatMs, clock, random, source } = options;
  const { redis, close } = openRedis(options.redis, report, Math.max(readTimeoutMs, feedTimeoutMs));
  const redisClock = createRedisClock(clock, onMove);
  const readerWithin = (timeoutMs: number) => createReplicaReader({ redis, prefix, timeoutMs, clock: redisClock });
  const repairReader = readerWithin(feedTimeoutMs);
  const following = { heartbeatMs, timeoutMs: feedTimeoutMs, clock, random, onTrouble: report, onUnfilled };
  return {
    connection: redis,
    now: redisClock.now,
    reader: readerWithin(readTimeoutMs),
    repairReader,
    feeds: startFeeds({ redis, reader: repairReader, ...following }),
    loads: createLoads({ redis, prefix }),
    source,
    connected: () => whenReady(redis).then(() => redisClock.measure(redis)),
    close,
  };
}

/** Nothing connects, and nothing gets lost. */
const ALWAYS_THERE: WatchedConnection = Object.freeze({
  status: 'ready',
  isCluster: false,
  on: () => undefined,
  off: () => undefined,
});

function openLocal(replica: LocalReplica, options: CheckedOptions, { report }: OpenedReplicaParts): OpenedReplica {
  const { feedTimeoutMs, heartbeatMs, clock, source } = options;
  const { reader, loads } = replica;
  return {
    connection: ALWAYS_THERE,
    now: () => Math.floor(clock()),
    reader,
    repairReader: reader,
    feeds: startLocalFeeds({ replica, heartbeatMs, timeoutMs: feedTimeoutMs, clock, onTrouble: report }),
    loads,
    source: source ?? replica.source,
    connected: async () => undefined,
    close: () => undefined,
  };
}
