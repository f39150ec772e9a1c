import type { MikroORM } from '@mikro-orm/core';
import { endConnection, openRedisUrl, type RedisClient } from '@tenantry/redis';
import type { Replication } from './replication.ts';

/** The application's connection as it is; for a URL one of ours, which nothing connects before it is needed. */
export function redisFor(orm: MikroORM, given: RedisClient | string, handle: () => Replication): RedisClient {
  if (typeof given !== 'string') return given;
  const redis = openRedisUrl(given, { lazyConnect: true, maxRetriesPerRequest: 1 });
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
