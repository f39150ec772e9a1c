import { createHash } from 'node:crypto';
import type { MetadataStorage, MikroORM, TriggerDef } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { checkTriggerSupport } from '../../database/check-versions.ts';
import { dialectOf } from '../../database/dialect.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { type TriggerEvent, triggerBody } from './trigger-body.ts';
import { planTriggers } from './trigger-plan.ts';

const EVENTS: readonly TriggerEvent[] = ['insert', 'update', 'delete'];
const NAME_LENGTH = 64;

/**
 * Adds triggers to the tables of these definitions, for the schema generator and the migrations to create, and answers their names.
 * `INVALID_OPTION` on another kind of database and for tables of another schema, `INVALID_DEFINITION` where a key or tenant cannot be spelled in SQL.
 */
export function installTriggers(
  orm: MikroORM,
  definitions: readonly ReplicatedEntity[],
  storage: MetadataStorage,
): string[] {
  const { triggers } = dialectOf(orm);
  if (!triggers)
    throw new TenantryError(
      'INVALID_OPTION',
      `\`capture: 'trigger'\` is for MySQL and MariaDB, not for ${orm.config.getDriver().constructor.name}: leave it at 'hooks'.`,
    );
  checkTriggerSupport(definitions[0]?.meta);
  const names: string[] = [];
  const database = orm.config.get('dbName');
  for (const [meta, captures] of planTriggers(definitions, storage)) {
    const schema = meta.schema && meta.schema !== '*' ? meta.schema : orm.config.getSchema(true);
    if (schema !== undefined && schema !== database)
      throw new TenantryError(
        'INVALID_OPTION',
        `\`capture: 'trigger'\` is for tables of the database that the ORM connects to ("${database}"), and MikroORM would make the triggers of "${meta.tableName}" there, not in "${schema}": connect to "${schema}", or leave \`capture\` at 'hooks'.`,
      );
    const own = [true, false].flatMap(before =>
      EVENTS.flatMap((event): TriggerDef[] => {
        const body = triggerBody(captures, event, before, triggers.knowsTransactions);
        const name = triggerName(before, event, meta.tableName);
        return body ? [{ name, timing: before ? 'before' : 'after', events: [event], forEach: 'row', body }] : [];
      }),
    );
    // A new list: the metadata's own may be shared with another ORM that has the same entities.
    meta.triggers = [...meta.triggers.filter(({ name }) => !own.some(each => each.name === name)), ...own];
    meta.hasTriggers = true;
    names.push(...own.map(({ name }) => name as string));
  }
  return names;
}

/** Not ending in the event: the schema comparator takes such names for parts of one trigger. */
function triggerName(before: boolean, event: TriggerEvent, table: string): string {
  const name = `tenantry_${before ? 'before' : 'after'}_${event}_${table}`;
  if (name.length <= NAME_LENGTH) return name;
  const hash = createHash('sha1').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, NAME_LENGTH - hash.length - 1)}_${hash}`;
}
