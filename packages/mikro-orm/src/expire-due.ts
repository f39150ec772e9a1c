import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import type { ConfigParts } from './config-parts.ts';
import { Config, type ConfigRow } from './config-tables.ts';
import type { JanitorOptions } from './trim-revisions.ts';
import type { WriteBack } from './write-back.ts';
import { writeToDatabase } from './write-to-database.ts';

const BATCH = 100;
const AT_ONCE = 8;

/**
 * Makes a new version, with nothing in it, of every value that has ended: until then readers only stopped to show it. The
 * ordinary way of a write, so it is in the history and in the feed, once however many janitors there are. Answers how many.
 */
export async function expireDue(
  parts: ConfigParts,
  writeBack: Pick<WriteBack, 'flushBefore'>,
  { onProgress, signal }: JanitorOptions,
): Promise<number> {
  let expired = 0;
  for (let isMore = true; isMore && !signal?.aborted; ) {
    const byKey = new Map(parts.registry.configs().map(({ definition }) => [definition.configKey, definition]));
    const due = await readDue(parts, [...byKey.keys()]);
    let count = 0;
    for (let i = 0; i < due.length; i += AT_ONCE) {
      const some = due
        .slice(i, i + AT_ONCE)
        .map(row => expire(parts, writeBack, byKey.get(row.name) as AnyConfig, row));
      count += (await Promise.all(some)).filter(done => done).length;
    }
    expired += count;
    onProgress?.(count);
    // Where none could be ended, the next batch would be the same.
    isMore = due.length === BATCH && count > 0;
  }
  return expired;
}

async function readDue({ orm, clock }: ConfigParts, names: readonly string[]): Promise<ConfigRow[]> {
  if (names.length === 0) return [];
  const due = { expiresAt: { $lte: clock() }, deletedAt: null, name: { $in: names } };
  const found = await orm.em.getDriver().find(Config, due as never, {
    connectionType: 'write',
    fields: ['tenant', 'name', 'version'],
    orderBy: { expiresAt: 'asc' },
    limit: BATCH,
  });
  return found as ConfigRow[];
}

/** False where somebody else was faster, with a value or with its end. */
async function expire(
  parts: ConfigParts,
  writeBack: Pick<WriteBack, 'flushBefore'>,
  definition: AnyConfig,
  { tenant, version }: ConfigRow,
): Promise<boolean> {
  try {
    await writeBack.flushBefore(tenant, [definition]);
    const change = {
      definition,
      op: 'expire',
      next: () => undefined,
      isBlind: false,
      ifVersion: Number(version),
      must: 'not be set',
      expiresAt: 0,
      actor: null,
      reason: null,
      origin: 'expiresAt',
    } as const;
    await writeToDatabase(parts, tenant, [change], undefined);
    return true;
  } catch (error) {
    if (error instanceof TenantryError && ['CONFLICT', 'KEY_EXISTS', 'NOT_REGISTERED'].includes(error.code))
      return false;
    throw error;
  }
}
