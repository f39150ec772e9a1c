import type { EntityMetadata, MetadataStorage, MikroORM, TriggerDef } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { checkTriggerSupport } from '../../database/check-versions.ts';
import { dialectOf } from '../../database/dialect.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { type TriggerEvent, triggerBody } from './trigger-body.ts';
import { triggerName } from './trigger-name.ts';
import { planTriggers, type TableCapture } from './trigger-plan.ts';

const EVENTS: readonly TriggerEvent[] = ['insert', 'update', 'delete'];

/** A trigger that has to be in the database. */
export interface ExpectedTrigger {
  readonly name: string;
  readonly table: string;
  readonly body: string;
}

/**
 * Adds triggers to the tables of these definitions, for the schema generator and the migrations to create, and answers with them. `prefix`
 * tells this application's from those of another one on the same database.
 * `INVALID_OPTION` on another kind of database and for tables of another schema, `INVALID_DEFINITION` where a key or tenant cannot be spelled in SQL.
 */
export function installTriggers(
  orm: MikroORM,
  definitions: readonly ReplicatedEntity[],
  storage: MetadataStorage,
  prefix: string,
): ExpectedTrigger[] {
  const { triggers } = dialectOf(orm);
  if (!triggers)
    throw new TenantryError(
      'INVALID_OPTION',
      `\`capture: 'trigger'\` is for MySQL and MariaDB, not for ${orm.config.getDriver().constructor.name}: leave it at 'hooks'.`,
    );
  checkTriggerSupport(definitions[0]?.meta);
  return [...planTriggers(definitions, storage)].flatMap(([meta, captures]) => {
    checkDatabase(orm, meta);
    return addTriggers(meta, captures, prefix, triggers.knowsTransactions);
  });
}

function checkDatabase(orm: MikroORM, meta: EntityMetadata<object>): void {
  const database = orm.config.get('dbName');
  const schema = meta.schema && meta.schema !== '*' ? meta.schema : orm.config.getSchema(true);
  if (schema !== undefined && schema !== database)
    throw new TenantryError(
      'INVALID_OPTION',
      `\`capture: 'trigger'\` is for tables of the database that the ORM connects to ("${database}"), and MikroORM would make the triggers of "${meta.tableName}" there, not in "${schema}": connect to "${schema}", or leave \`capture\` at 'hooks'.`,
    );
}

function addTriggers(
  meta: EntityMetadata<object>,
  captures: readonly TableCapture[],
  prefix: string,
  knowsTransactions: boolean,
): ExpectedTrigger[] {
  const table = meta.tableName;
  const own = [true, false].flatMap(before =>
    EVENTS.flatMap(event => {
      const body = triggerBody(captures, event, before, knowsTransactions);
      if (!body) return [];
      const timing = before ? ('before' as const) : ('after' as const);
      return [{ name: triggerName(prefix, timing, event, table), timing, event, table, body }];
    }),
  );
  const added = own.map(
    ({ name, timing, event, body }): TriggerDef => ({ name, timing, events: [event], forEach: 'row', body }),
  );
  // A new list: the metadata's own may be shared with another ORM that has the same entities.
  meta.triggers = [...meta.triggers.filter(({ name }) => !own.some(each => each.name === name)), ...added];
  meta.hasTriggers = true;
  return own;
}
