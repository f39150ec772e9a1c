import type { MikroORM } from '@mikro-orm/core';
import { Config, ConfigRevision } from './config-tables.ts';

/**
 * For an ORM without configs: its schema and its migrations neither make the tables of configs nor drop those of another application.
 * The ORM knows them all the same, so that a worker flushes every write-back that it finds.
 */
export function skipConfigTables(orm: MikroORM): void {
  const generator = orm.config.get('schemaGenerator');
  const tables = [Config, ConfigRevision].map(({ meta }) => meta.tableName);
  orm.config.set('schemaGenerator', { ...generator, skipTables: [...(generator.skipTables ?? []), ...tables] });
}
