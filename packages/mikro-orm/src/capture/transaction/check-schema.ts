import { type EntityManager, type EntityMetadata, helper } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';

/**
 * `OTHER_SCHEMA` where a replicated row would be written into another schema than the ORM's own (`em.fork({ schema })`): its id may
 * be a row's there and here, so neither Redis nor the outbox could tell the two apart.
 */
export function checkSchema(
  em: EntityManager,
  registry: DefinitionRegistry,
  entity: object,
  meta: EntityMetadata<object>,
): void {
  const chosen = helper(entity)?.__schema ?? em.schema;
  if (chosen === undefined || registry.ofClass(meta).length === 0) return;
  const [driver, platform] = [em.getDriver(), em.getPlatform()];
  // On MySQL a schema is a database.
  const named = (schema: string | undefined) =>
    driver.getSchemaName(meta, schema === undefined ? {} : { schema }) ??
    platform.getDefaultSchemaName() ??
    em.config.get('dbName');
  const [own, other] = [named(undefined), named(chosen)];
  if (own === other) return;
  throw new TenantryError(
    'OTHER_SCHEMA',
    `${meta.className} is replicated from the schema "${own}", and this would write it into the schema "${other}": nothing was written. Give each schema an ORM, with a \`prefix\` of its own.`,
  );
}
