import type { MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { isConnected } from '../database/connection-state.ts';
import { dialectOf } from '../database/dialect.ts';
import { missingTables } from '../database/missing-table-error.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';

const TABLES = ['outbox', 'replica'] as const;
const CONFIG_TABLES = ['config', 'config_revision'] as const;
const ADMIN_TABLES = ['grant', 'audit'] as const;
const LOOK_EVERY_MS = 1_000;
const LOOKS = 60;
const ALIKE = 3;

/** Which tables the ORM has beside those that every ORM has. */
export interface UsedTables {
  readonly configs: boolean;
  readonly admin: boolean;
}

/** The names of the tables that are not there. */
export async function findMissingTables(orm: MikroORM, has: UsedTables): Promise<string[]> {
  const tables = [...TABLES, ...(has.configs ? CONFIG_TABLES : []), ...(has.admin ? ADMIN_TABLES : [])];
  const missing: string[] = [];
  for (const table of tables) if (!(await isThere(orm, table))) missing.push(`tenantry_${table}`);
  return missing;
}

/**
 * Warns soon after the start where a migration has not run yet, and where other processes write an audit log and this one does not. A schema
 * that is being made is not told of: as long as there are other tables than a second ago, it is looked at again.
 */
export function warnOfMissingTables(orm: MikroORM, has: UsedTables, warn: (message: string) => void): void {
  let looks = 0;
  let alike = 0;
  let before = '';
  let looking = false;
  const timer = setInterval(() => {
    if (++looks === LOOKS) clearInterval(timer);
    if (looking || !isConnected(orm)) return;
    looking = true;
    look()
      .catch(() => clearInterval(timer))
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  timer.unref();

  async function look(): Promise<void> {
    const missing = await findMissingTables(orm, has);
    if (missing.length === 0) {
      clearInterval(timer);
      // Nobody can tell later that entries are missing.
      if (has.configs && !has.admin && (await isThere(orm, 'audit'))) warn(WITHOUT_AUDIT);
      return;
    }
    const [schema] = await selectOwn<{ found: number | string }>(orm.em, dialectOf(orm).countTables);
    const found = `${missing.join(', ')} of ${schema?.found}`;
    alike = found === before ? alike + 1 : 1;
    before = found;
    if (alike < ALIKE) return;
    clearInterval(timer);
    warn(missingTables(missing).message);
  }
}

async function isThere(orm: MikroORM, table: Parameters<typeof ownTable>[1]): Promise<boolean> {
  try {
    await selectOwn(orm.em, `select 1 as one from ${ownTable(orm, table)} where 1 = 0`);
    return true;
  } catch (error) {
    if (error instanceof TenantryError && error.code === 'TABLES_MISSING') return false;
    throw error;
  }
}

const WITHOUT_AUDIT =
  'The database has an audit log (tenantry_audit), and this ORM was started without `admin: true`: what it writes gets no entry there. Add `admin: true` to the options of its `tenantry` extension; or drop the table, if nobody needs it any more.';
