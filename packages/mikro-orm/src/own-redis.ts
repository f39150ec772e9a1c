import type { MikroORM } from '@mikro-orm/core';
import { checkRedisClient, endConnection, openRedisUrl, type RedisClient } from '@tenantry/redis';
import type { Replication } from './replication.ts';
import type { TenantryOptions } from './tenantry-options.ts';

/**
 * The application's connection as it is; for a URL one of ours, which nothing connects before it is needed; or one that a function of
 * the application's makes for us. The last two are closed with the ORM.
 */
export function redisFor(orm: MikroORM, given: TenantryOptions['redis'], handle: () => Replication): RedisClient {
  if (typeof given === 'object') return given;
  const redis =
    typeof given === 'string' ? openRedisUrl(given, { lazyConnect: true, maxRetriesPerRequest: 1 }) : made(given);
  // What goes wrong is reported by what wanted something of Redis. ioredis prints what nobody listens to.
  redis.on('error', () => undefined);
  const close = orm.close.bind(orm);
  orm.close = async (...args) => {
    try {
      await handle().settled();
    } finally {
      await close(...args).finally(() => endConnection(redis));
    }
  };
  return redis;
}

function made(make: () => RedisClient): RedisClient {
  const redis = make();
  checkRedisClient(redis);
  return redis;
}
