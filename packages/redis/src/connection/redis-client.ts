import { TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';
import type { Cluster, Redis } from 'ioredis';
import { changedCommand } from './changed-replies.ts';

/** A connection of the application: ioredis standalone, Sentinel or Cluster. It stays the application's to close. */
export type RedisClient = Redis | Cluster;

/** Whether the connection is to a Redis Cluster. */
export function isCluster(redis: RedisClient): redis is Cluster {
  return redis.isCluster;
}

/**
 * What is appended to a feed's name for its channel. Redis separates keys by database and channels not: without it, readers of one
 * database would be told of the writes in another.
 */
export function channelSuffixOf({ options }: Redis): string {
  const database = Number(options.db ?? 0);
  return database === 0 ? '' : `@${database}`;
}

/**
 * Checks an instance at the door. `keyPrefix` would reach some names and not others; what an application makes of the replies of
 * its commands would be made of ours, too. `wanted`: all that may be given in its place, for the error.
 */
export function checkRedisClient(
  redis: unknown,
  wanted = 'an ioredis Redis or Cluster instance',
): asserts redis is RedisClient {
  const candidate = redis as Partial<Redis> | null | undefined;
  if (
    typeof candidate !== 'object' ||
    candidate === null ||
    typeof candidate.evalsha !== 'function' ||
    typeof candidate.status !== 'string'
  )
    throw new TenantryError('INVALID_OPTION', `\`redis\` must be ${wanted}, got ${describeArrived(redis)}.`);
  const keyPrefix = candidate.options?.keyPrefix;
  if (keyPrefix)
    throw new TenantryError(
      'INVALID_OPTION',
      "`redis` must not have a `keyPrefix`, scripts and channels would not see it: use Tenantry's `prefix`.",
    );
  if ((candidate.options as { readonly monitor?: boolean } | undefined)?.monitor)
    throw new TenantryError('INVALID_OPTION', '`redis` must not have `monitor`: such a connection takes no commands.');
  const changed = changedCommand();
  if (changed)
    throw new TenantryError(
      'INVALID_OPTION',
      `\`redis\` cannot be used beside \`${changed}\`: ioredis would apply it to the commands of Tenantry and of BullMQ, too. Leave it ` +
        'out, and change what your own calls get where you make them.',
    );
}

// However many callers wait for one connection, it gets three listeners: beyond ten Node warns of a leak. This may be state
// of the module: it is about connections of the application, and each entry goes with its connection.
const waits = new WeakMap<RedisClient, Promise<void>>();

/**
 * Resolves once the connection can be used. A connection that was lost fails at once with `UNAVAILABLE`: waiting for
 * it would pile commands up in ioredis's offline queue. One that is only being made is waited for; wrap in `within`.
 */
export async function whenReady(redis: RedisClient): Promise<void> {
  if (redis.status === 'ready') return;
  if (redis.status === 'wait') redis.connect().catch(() => undefined);
  if (redis.status !== 'connecting' && redis.status !== 'connect') throw unavailable(redis);
  let wait = waits.get(redis);
  if (!wait) {
    wait = readyOrNot(redis).finally(() => waits.delete(redis));
    waits.set(redis, wait);
  }
  await wait;
}

function readyOrNot(redis: RedisClient): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const settle = () => {
      redis.off('ready', settle);
      redis.off('close', settle);
      redis.off('end', settle);
      if (redis.status === 'ready') resolve();
      else reject(unavailable(redis));
    };
    redis.once('ready', settle);
    redis.once('close', settle);
    redis.once('end', settle);
  });
}

function unavailable(redis: RedisClient): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    `Redis cannot be reached (connection is "${redis.status}"). It is tried again when it is back.`,
  );
}
