import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { Dialect } from '../database/dialect.ts';
import { Audit } from './audit.ts';
import { Config, ConfigRevision } from './config-tables.ts';
import { GrantTable } from './grant.ts';
import { Outbox } from './outbox.ts';

// Two tenants or names that a server's default collation takes for one (`a` and `A`) are two.
// Triggers compare transactions, and can only do so where they know the collation.
const EXACT = [
  [Outbox, ['transactionId']],
  [Config, ['tenant', 'name']],
  [ConfigRevision, ['tenant', 'name']],
  [GrantTable, ['who', 'scope', 'config']],
  [Audit, ['action', 'scope', 'config', 'actor']],
] as const;

/** Called while this ORM's own copy of the metadata is discovered: fits our tables to its database. */
export function adaptTables(meta: EntityMetadata, { supportsRowLocks, exactCollation, longText }: Dialect): void {
  const exact = EXACT.find(([schema]) => schema.meta.class === meta.class)?.[1];
  if (!exact) return;
  const fit = (name: string, changes: Partial<EntityProperty>) => {
    meta.properties[name] = { ...(meta.properties[name] as EntityProperty), ...changes };
  };
  // SQLite only auto-increments an integer, and shows a bigint as drift for ever.
  if (!supportsRowLocks) fit('id', { type: 'integer', runtimeType: 'number' });
  // A `text` of theirs ends at 64 KiB, whatever length it is given.
  if (longText && meta.properties.value) fit('value', { columnTypes: [longText] });
  if (exactCollation) for (const name of exact) fit(name, { collation: exactCollation });
}
