import { EntityCaseNamingStrategy, type EntitySchema, type Options } from '@mikro-orm/core';
import type { RedisOptions } from 'ioredis';
import type { DrawnWorld } from './draw-world.ts';

/** What the world has set on its ORM. The filter hides every row, from Tenantry too if that asked for what it hides. */
export function ormOptions({ orm, timezone }: DrawnWorld, entities: EntitySchema[]): Partial<Options> {
  return {
    ...(orm.entitiesTs ? { entities: ['built/*.js'], entitiesTs: entities, preferTs: true } : { entities }),
    ...(orm.entityCase ? { namingStrategy: EntityCaseNamingStrategy } : {}),
    ...(orm.filter ? { filters: { visible: { cond: { n: -1 }, default: true, entity: named(entities) } } } : {}),
    ...(orm.resultCache ? { resultCache: { expiration: 300, global: 300 } } : {}),
    ...(orm.noForeignKeys ? { schemaGenerator: { createForeignKeyConstraints: false } } : {}),
    ...(orm.batchSize ? { batchSize: 2 } : {}),
    ...(orm.noBatchInserts ? { useBatchInserts: false, useBatchUpdates: false } : {}),
    ...(orm.allowGlobalContext ? { allowGlobalContext: true } : {}),
    ...(timezone === 'timezone Z' ? { timezone: 'Z' } : {}),
    ...(timezone === 'timezone +05:30, not forced' ? { timezone: '+05:30', forceUtcTimezone: false } : {}),
  } as Partial<Options>;
}

/** What the world has set on its connections. `keyPrefix` is refused, and so is never drawn. */
export function redisOptions({ redis }: DrawnWorld): RedisOptions & { replyMapping: 'legacy' } {
  return {
    ...(redis.stringNumbers ? { stringNumbers: true } : {}),
    ...(redis.enableAutoPipelining ? { enableAutoPipelining: true } : {}),
    ...(redis.lazyConnect ? { lazyConnect: true } : {}),
    ...(redis.commandTimeout ? { commandTimeout: 30_000 } : {}),
    ...(redis.resp2 ? { protocol: 2 as const } : {}),
    // Replies have other types then than those of which ioredis's declarations tell.
    ...(redis.replyMapping ? { replyMapping: 'resp3' as 'legacy' } : {}),
  } as RedisOptions & { replyMapping: 'legacy' };
}

const named = (entities: readonly EntitySchema[]): string[] =>
  entities.filter(({ meta }) => 'n' in meta.properties).map(({ meta }) => meta.className);
