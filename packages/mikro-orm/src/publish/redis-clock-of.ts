import type { MikroORM } from '@mikro-orm/core';
import type { RedisClock } from '@tenantry/redis';

const EXTENSION_NAME = '@tenantry/mikro-orm/redis-clock';

/** Keeps the clock of Redis in the ORM's configuration. */
export function registerRedisClock(orm: MikroORM, clock: () => RedisClock): void {
  orm.config.registerExtension(EXTENSION_NAME, clock);
}

/** Undefined for an ORM without the extension. */
export function redisClockOf(orm: MikroORM): RedisClock | undefined {
  return orm.config.getExtension(EXTENSION_NAME) as RedisClock | undefined;
}
