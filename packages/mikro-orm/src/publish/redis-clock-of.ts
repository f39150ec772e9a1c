import type { RedisClock } from '@tenantry/redis';
import type { AnyOrm } from '../database/any-orm.ts';

const EXTENSION_NAME = '@tenantry/mikro-orm/redis-clock';

/** Keeps the clock of Redis in the ORM's configuration. */
export function registerRedisClock(orm: AnyOrm, clock: () => RedisClock): void {
  orm.config.registerExtension(EXTENSION_NAME, clock);
}

/** Undefined for an ORM without the extension. */
export function redisClockOf(orm: AnyOrm): RedisClock | undefined {
  return orm.config.getExtension(EXTENSION_NAME) as RedisClock | undefined;
}
