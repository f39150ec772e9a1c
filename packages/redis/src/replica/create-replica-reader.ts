import type { Tenant } from '@tenantry/protocol';
import { createRedisNames, type RedisNames } from '@tenantry/protocol/wire';
import { checkRedisClient, isCluster, type RedisClient, whenReady } from '../connection/redis-client.ts';
import type { RedisClock } from '../connection/redis-clock.ts';
import { asForbidden, isForbidden } from '../connection/redis-errors.ts';
import { within } from '../connection/within.ts';
import { decodeHead, type FeedHead, HEAD_FIELDS } from './feed-head.ts';
import { isFilledState } from './fill-state.ts';

/** What stood under some addresses, all at one moment of the feed. */
export interface ReplicaSnapshot {
  readonly envelopes: readonly (Buffer | null)[];
  /** Undefined: nothing was ever published for this tenant, or Redis forgot it. */
  readonly head: FeedHead | undefined;
}

/** The records in Redis, for those who read them. Every call settles within its budget: `TIMEOUT`, `UNAVAILABLE`, `FORBIDDEN`, or ioredis's own error. */
export interface ReplicaReader {
  readonly names: RedisNames;
  /** One MGET and the head of the feed, in one transaction: the caller can tell which messages the values include. */
  read(tenant: Tenant, addresses: readonly string[]): Promise<ReplicaSnapshot>;
  /** The heads of many tenants in one round trip. */
  heads(tenants: readonly Tenant[]): Promise<(FeedHead | undefined)[]>;
  /** The messages from `seq` on, that one included where the stream still has it; at most `most` of them. */
  messagesFrom(tenant: Tenant, seq: number, most?: number): Promise<Buffer[]>;
  /** Tells the last time that everything was brought into this Redis from all others; undefined: not everything is there. */
  fillState(): Promise<string | undefined>;
}

/** Options of `createReplicaReader`. */
export interface ReplicaReaderOptions {
  /** The application's connection; never closed here. */
  readonly redis: RedisClient;
  /** The first part of all names in Redis. Default `tenantry`. */
  readonly prefix?: string | undefined;
  /** The budget of each call in ms. Default 1,000. */
  readonly timeoutMs?: number | undefined;
  /** Is told the time by what is asked anyway: with each fill state, and with the first read. */
  readonly clock?: RedisClock | undefined;
}

/** The read side of the replica. Throws `INVALID_OPTION` for what is not an ioredis instance or a prefix that cannot be. */
export function createReplicaReader({ redis, prefix, timeoutMs = 1_000, clock }: ReplicaReaderOptions): ReplicaReader {
  checkRedisClient(redis);
  const names = createRedisNames(prefix);
  const bounded = <T>(call: () => Promise<T>, tenant?: Tenant): Promise<T> => {
    const named = (error: unknown) => (tenant !== undefined && isForbidden(error) ? asForbidden(error, tenant) : error);
    const work = redis.status === 'ready' ? call() : whenReady(redis).then(call);
    return within(timeoutMs, 'Reading from Redis', work, named);
  };
  return {
    names,

    read: (tenant, addresses) =>
      bounded(async () => {
        const { keyPrefix, epoch } = names.of(tenant);
        // Sent first, it is answered first: whoever looks at the envelopes knows what time it is.
        const measuring = clock?.isKnown === false ? clock.measure(redis) : undefined;
        const keys = addresses.map(address => keyPrefix + address);
        // MGET of nothing is an error.
        if (keys.length === 0)
          return { envelopes: [], head: decodeHead(await redis.hmgetBuffer(epoch, ...HEAD_FIELDS)) };
        const replies = await redis
          .multi()
          .mgetBuffer(keys)
          .hmgetBuffer(epoch, ...HEAD_FIELDS)
          .exec();
        // With `enableAutoPipelining` the transaction overtakes it. In a Cluster another node answers it, which may be away.
        if (!isCluster(redis)) await measuring;
        const [envelopes, head] = unwrap(replies);
        return { envelopes: envelopes as (Buffer | null)[], head: decodeHead(head) };
      }, tenant),

    heads: tenants =>
      bounded(
        async () => {
          // Tenants live in different slots, so this cannot be one pipeline on a Cluster; ioredis writes the commands of
          // one tick together anyway.
          const heads = tenants.map(tenant => redis.hmgetBuffer(names.of(tenant).epoch, ...HEAD_FIELDS));
          return (await Promise.all(heads)).map(decodeHead);
        },
        tenants.length === 1 ? tenants[0] : undefined,
      ),

    messagesFrom: (tenant, seq, most) =>
      bounded(async () => {
        const range = [names.of(tenant).feed, `${seq}-0`, '+'] as const;
        const entries = await (most ? redis.xrangeBuffer(...range, 'COUNT', most) : redis.xrangeBuffer(...range));
        return entries.map(([, fields]) => fields[1] as Buffer);
      }, tenant),

    fillState: () =>
      bounded(async () => {
        void clock?.measure(redis);
        const state = await redis.get(names.fillState);
        return isFilledState(state) ? state : undefined;
      }),
  };
}

function unwrap(results: [Error | null, unknown][] | null): unknown[] {
  return (results ?? []).map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
