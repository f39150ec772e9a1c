import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { Dialect } from '../database/dialect.ts';
import { Config, ConfigRevision } from './config-tables.ts';
import { Outbox } from './outbox.ts';

/** Called while this ORM's own copy of the metadata is discovered: fits our tables to its database. */
export function adaptTables(meta: EntityMetadata, { supportsRowLocks, exactCollation, longText }: Dialect): void {
  if (![Outbox, ConfigRevision, Config].some(schema => schema.meta.class === meta.class)) return;
  const fit = (name: string, changes: Partial<EntityProperty>) => {
    meta.properties[name] = { ...(meta.properties[name] as EntityProperty), ...changes };
  };
  // SQLite only auto-increments an integer, and shows a bigint as drift for ever.
  if (!supportsRowLocks) fit('id', { type: 'integer', runtimeType: 'number' });
  // Two tenants or names that a server's default collation takes for one (`a` and `A`) are two.
  // Triggers compare transactions, and can only do so where they know the collation.
  const exact = meta.class === Outbox.meta.class ? ['transactionId'] : ['tenant', 'name'];
  // A `text` of theirs ends at 64 KiB, whatever length it is given.
  if (longText && meta.properties.value) fit('value', { columnTypes: [longText] });
  if (exactCollation) for (const name of exact) fit(name, { collation: exactCollation });
}
