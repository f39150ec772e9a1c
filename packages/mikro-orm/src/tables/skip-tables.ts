import type { MikroORM } from '@mikro-orm/core';
import { Audit } from './audit.ts';
import { Config, ConfigRevision } from './config-tables.ts';
import { GrantTable } from './grant.ts';

/**
 * For an ORM without configs, or without the admin: its schema and its migrations neither make the tables of these nor drop those of another
 * application. The ORM knows those of configs all the same, so that a worker flushes every write-back that it finds.
 */
export function skipTables(orm: MikroORM, has: { readonly configs: boolean; readonly admin: boolean }): void {
  const skipped = [...(has.configs ? [] : [Config, ConfigRevision]), ...(has.admin ? [] : [GrantTable, Audit])];
  if (skipped.length === 0) return;
  const generator = orm.config.get('schemaGenerator');
  const tables = skipped.map(({ meta }) => meta.tableName);
  orm.config.set('schemaGenerator', { ...generator, skipTables: [...(generator.skipTables ?? []), ...tables] });
}
