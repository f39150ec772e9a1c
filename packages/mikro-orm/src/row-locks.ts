import { type EntityManager, LockMode, type Transaction } from '@mikro-orm/core';
import type { Dialect } from './dialect.ts';
import { byPrimaryKey, primaryKeyWhere } from './primary-key.ts';
import type { ReplicatedSource } from './replicated-source.ts';

// Rows are locked in the order of their ids, so that two transactions that lock the same rows do not wait for each other.

/**
 * Locks rows and answers with the named properties as the database has them now. What an entity in memory remembers
 * may be what another transaction changed long ago.
 */
export async function lockRows(
  em: EntityManager,
  ctx: Transaction | undefined,
  dialect: Dialect,
  source: ReplicatedSource,
  recordIds: readonly string[],
  properties: readonly string[] = [],
): Promise<Map<string, object>> {
  const { meta } = source;
  const fields = [...new Set([...meta.primaryKeys, ...properties])];
  const rows = await em.getDriver().find(meta.class, primaryKeyWhere(meta, [...recordIds].sort()), {
    ctx,
    fields: fields as never,
    orderBy: byPrimaryKey(meta) as never,
    connectionType: 'write',
    ...(dialect.supportsRowLocks ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {}),
  });
  return new Map(rows.map(row => [source.recordIdOf(row), row]));
}
