import type { MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { isConnected } from '../database/is-connected.ts';
import { missingTables } from '../database/missing-table-error.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';

const TABLES = ['outbox', 'replica'] as const;
const CONFIG_TABLES = ['config', 'config_revision'] as const;
const LOOK_EVERY_MS = 1_000;
const LOOKS = 60;

/** Warns soon after the start where a migration has not run yet; by then an application or a test has made its schema. */
export function warnOfMissingTables(orm: MikroORM, hasConfigs: boolean, warn: (message: string) => void): void {
  let looks = 0;
  const timer = setInterval(() => {
    if (++looks === LOOKS) clearInterval(timer);
    if (!isConnected(orm)) return;
    clearInterval(timer);
    look().catch(() => undefined);
  }, LOOK_EVERY_MS);
  timer.unref();

  async function look(): Promise<void> {
    const missing: string[] = [];
    for (const table of [...TABLES, ...(hasConfigs ? CONFIG_TABLES : [])]) {
      // Closed meanwhile: the next query would connect again, and its process would never end.
      if (!isConnected(orm)) return;
      try {
        await selectOwn(orm.em, `select 1 as one from ${ownTable(orm, table)} where 1 = 0`);
      } catch (error) {
        if (!(error instanceof TenantryError)) return;
        missing.push(`tenantry_${table}`);
      }
    }
    if (missing.length > 0) warn(missingTables(missing).message);
  }
}
