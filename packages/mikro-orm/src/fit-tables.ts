import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { Config, ConfigRevision } from './config-tables.ts';
import type { Dialect } from './dialect.ts';
import { Outbox } from './outbox.ts';

/** Called while this ORM's own copy of the metadata is discovered: fits our tables to its database. */
export function fitTables(meta: EntityMetadata, { supportsRowLocks, exactCollation }: Dialect): void {
  if (![Outbox, ConfigRevision, Config].some(schema => schema.meta.class === meta.class)) return;
  const fit = (name: string, changes: Partial<EntityProperty>) => {
    meta.properties[name] = { ...(meta.properties[name] as EntityProperty), ...changes };
  };
  // SQLite only auto-increments an integer, and shows a bigint as drift for ever.
  if (!supportsRowLocks) fit('id', { type: 'integer', runtimeType: 'number' });
  // Two tenants or names that a server's default collation takes for one (`a` and `A`) are two.
  if (exactCollation && meta.class !== Outbox.meta.class)
    for (const name of ['tenant', 'name']) fit(name, { collation: exactCollation });
}
