import type { Configuration } from '@mikro-orm/core';

/** The name of a table of ours as SQL that is written by hand has it: in the schema that the ORM is configured with. */
export function ownTable(
  { config }: { readonly config: Configuration },
  table: 'outbox' | 'replica' | 'config' | 'config_revision' | 'grant' | 'audit',
): string {
  const schema = config.getSchema(true);
  const name = `tenantry_${table}`;
  return schema ? config.getPlatform().quoteIdentifier(`${schema}.${name}`) : name;
}
