import { pauseAfter } from '@tenantry/protocol/internal';
import { isCluster, type RedisClient } from '../connection/redis-client.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import { Feeds } from './feeds.ts';
import { FillNews } from './fill-news.ts';
import { feedConnectionName } from './pushes/connection-name.ts';
import type { FeedSubscriber } from './pushes/feed-subscriber.ts';
import { plainSubscriber } from './pushes/plain-subscriber.ts';
import { ShardedSubscriber } from './pushes/sharded-subscriber.ts';

/** Options of `startFeeds`. */
export interface FeedsOptions {
  /** The application's connection; the one that listens is made like it. Never closed here. */
  readonly redis: RedisClient;
  /** Reads the heads of feeds and the messages that were missed. */
  readonly reader: ReplicaReader;
  /** How often, in ms, the connection is checked, and with it some feeds or all of them. Default 5,000. */
  readonly heartbeatMs?: number;
  /** How long, in ms, a check may take. Default 1,000. */
  readonly timeoutMs?: number;
  /** 0 to 1, spreads reconnects. Default `Math.random`. */
  readonly random?: () => number;
  /** ms since 1970: when attempts were made. Default `Date.now`. */
  readonly clock?: () => number;
  /** Called with trouble of the connection, which repairs itself. */
  readonly onTrouble?: (error: unknown) => void;
  /** Called where Redis was never filled, or lost everything: once, and again where it was filled meanwhile. */
  readonly onUnfilled?: (() => void) | undefined;
}

const RECONNECT_MS = Object.freeze({ firstMs: 100, lastMs: 2_000 });

const DEFAULTS = Object.freeze({ heartbeatMs: 5_000, timeoutMs: 1_000 });

/** Follows feeds on a connection of its own, made like `redis`; it reconnects and repairs by itself until `close()`. */
export function startFeeds(options: FeedsOptions): Feeds {
  const { redis, reader, random = Math.random, clock = Date.now, onTrouble = () => undefined } = options;
  const { heartbeatMs = DEFAULTS.heartbeatMs, timeoutMs = DEFAULTS.timeoutMs, onUnfilled } = options;
  const subscriber = openFeedSubscriber(redis, random, reader.names.prefix);
  return new Feeds({ subscriber, reader, heartbeatMs, timeoutMs, clock, onTrouble, fills: new FillNews(onUnfilled) });
}

/** Opens the connection, made like the application's, and called by the prefix. `random` spreads its reconnects. */
export function openFeedSubscriber(redis: RedisClient, random: () => number, prefix: string): FeedSubscriber {
  const retry = (attempt: number) => pauseAfter(attempt, { ...RECONNECT_MS, random });
  const nameOf = (application: string | undefined | null) => feedConnectionName(prefix, application ?? undefined);
  return isCluster(redis)
    ? new ShardedSubscriber(redis, retry, nameOf(redis.options.redisOptions?.connectionName))
    : plainSubscriber(redis, retry, nameOf(redis.options.connectionName));
}
