import { createHash } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';

const NAME_LENGTH = 64;

/**
 * Says whose trigger it is: two applications on one database each have their own. Not ending in the event: the schema comparator takes such
 * names for parts of one trigger.
 */
export function triggerName(prefix: string, timing: string, event: string, table: string): string {
  const name = `tenantry_${markOf(prefix)}_${timing}_${event}_${table}`;
  if (name.length <= NAME_LENGTH) return name;
  const hash = createHash('sha1').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, NAME_LENGTH - hash.length - 1)}_${hash}`;
}

interface SchemaHelper {
  getAllTriggers?(...args: unknown[]): Promise<Record<string, { readonly name: string }[]>>;
}

/** Lets this ORM's schema generator not see another application's triggers: it would drop what it does not know. */
export function hideForeignTriggers(orm: MikroORM, prefix: string): void {
  const helper = orm.config.getPlatform().getSchemaHelper() as SchemaHelper | undefined;
  const getAllTriggers = helper?.getAllTriggers?.bind(helper);
  if (!helper || !getAllTriggers) return;
  helper.getAllTriggers = async (...args) => {
    const byTable = Object.entries(await getAllTriggers(...args));
    return Object.fromEntries(
      byTable.map(([table, triggers]) => [table, triggers.filter(({ name }) => !isForeign(name, prefix))]),
    );
  };
}

/** Triggers of earlier versions have no mark: they are taken for this application's. */
function isForeign(name: string, prefix: string): boolean {
  const [, mark] = /^tenantry_([0-9a-f]{8})_(before|after)_/.exec(name) ?? [];
  return mark !== undefined && mark !== markOf(prefix);
}

function markOf(prefix: string): string {
  return createHash('sha1').update(prefix).digest('hex').slice(0, 8);
}
