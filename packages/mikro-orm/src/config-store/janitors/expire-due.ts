import { type EntityManager, LockMode } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { tenantOfText, withoutValues } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { type ConfigWrite, toLocked, writeConfigRows } from '../../configs/config-rows.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { findOwn } from '../../database/own-queries.ts';
import { permanentErrorOf } from '../../database/permanent-error.ts';
import { retryTransaction } from '../../database/retry-transaction.ts';
import { withinQuery } from '../../database/within-query.ts';
import type { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import type { RowChange } from '../../outbox/row-change.ts';
import { Config, type ConfigRow } from '../../tables/config-tables.ts';
import type { Flusher } from '../../write-back/flusher.ts';
import type { JanitorOptions } from './janitor-options.ts';

// About as many changes as a publish manages within its budget. A larger batch would be left to the relay.
const BATCH = 250;
const AT_ONCE = 8;
const DATABASE_MS = 10_000;
const EXPIRED = { op: 'expire', actor: null, reason: null, origin: 'expiresAt' } as const;

/** A value that has ended. The rest of its row is read under its lock. */
type DueRow = Pick<ConfigRow, 'id' | 'tenant' | 'name' | 'expiresAt'>;

/**
 * Writes a version without a value for every value that has ended; until then readers only stop to show it. The version is in
 * the history and in the feed as any write is, and is made once however many janitors run. Returns the number of values.
 *
 *   read due rows → flush their dirty values → one transaction: lock the rows that no other has locked, write, commit
 *
 * A row that is locked, or cannot be ended, is left to the next run. The first error is thrown at the end, after all other
 * values were ended.
 */
export async function expireDue(
  parts: ConfigParts,
  flusher: Pick<Flusher, 'flushBefore'>,
  { onProgress, signal }: JanitorOptions,
): Promise<number> {
  // A clock that is ahead would end values for good that have not ended.
  await parts.knowsTime();
  const now = parts.clock();
  const failures: unknown[] = [];
  let expired = 0;
  let last: DueRow | undefined;
  for (let isMore = true; isMore && !signal?.aborted; ) {
    const known = replicatedOf(parts);
    const due = await readDue(parts, [...known.keys()], now, last);
    const flushed = await flushAll(flusher, known, due, failures);
    const count = await endAll(parts, flushed, now, failures);
    expired += count;
    onProgress?.(count);
    isMore = due.length === BATCH;
    last = due.at(-1);
  }
  if (failures.length > 0) throw withoutValues(failures[0], 'Ending values');
  return expired;
}

function replicatedOf({ registry }: ConfigParts): Map<string, ReplicatedConfig> {
  return new Map(registry.configs().map(definition => [definition.config.configKey, definition]));
}

async function readDue(
  { orm }: ConfigParts,
  names: readonly string[],
  now: number,
  last: DueRow | undefined,
): Promise<DueRow[]> {
  if (names.length === 0) return [];
  const { expiresAt, id } = last ?? {};
  const after = last ? [{ $or: [{ expiresAt: { $gt: expiresAt } }, { expiresAt, id: { $gt: id } }] }] : [];
  const due = { $and: [{ expiresAt: { $lte: now }, deletedAt: null, name: { $in: names } }, ...after] };
  return findOwn(internalFork(orm), Config, due, {
    fields: ['tenant', 'name', 'expiresAt'],
    orderBy: { expiresAt: 'asc', id: 'asc' },
    limit: BATCH,
  });
}

/** Flushes the earlier write-backs of these configs. Returns the rows of the tenants that could be flushed. */
async function flushAll(
  flusher: Pick<Flusher, 'flushBefore'>,
  known: ReadonlyMap<string, ReplicatedConfig>,
  due: readonly DueRow[],
  failures: unknown[],
): Promise<DueRow[]> {
  const tenants = [...Map.groupBy(due, ({ tenant }) => tenant)];
  const flushed: DueRow[] = [];
  for (let i = 0; i < tenants.length; i += AT_ONCE) {
    const flushing = tenants.slice(i, i + AT_ONCE).map(async ([tenant, rows]) => {
      const definitions = rows.flatMap(({ name }) => known.get(name)?.config ?? []);
      await flusher.flushBefore(tenant, definitions).then(
        () => flushed.push(...rows),
        error => failures.push(error),
      );
    });
    await Promise.all(flushing);
  }
  return flushed;
}

/** A database that fails ends the run. If it refuses one of the rows, halving finds that row. */
async function endAll(parts: ConfigParts, due: readonly DueRow[], now: number, failures: unknown[]): Promise<number> {
  if (due.length === 0) return 0;
  try {
    return await withinQuery(DATABASE_MS, 'Ending values', signal =>
      retryTransaction(parts.orm, parts.dialect, em => endIn(parts, em, due, now), signal),
    );
  } catch (error) {
    // A config was deregistered meanwhile: again, without it.
    if (error instanceof TenantryError && error.code === 'NOT_REGISTERED') return endAll(parts, due, now, failures);
    if (permanentErrorOf(error) === undefined) throw withoutValues(error, 'Ending values');
    if (due.length === 1) {
      failures.push(error);
      return 0;
    }
  }
  const half = Math.ceil(due.length / 2);
  return (
    (await endAll(parts, due.slice(0, half), now, failures)) + (await endAll(parts, due.slice(half), now, failures))
  );
}

/** Ends the rows that are still due, in one transaction. */
async function endIn(parts: ConfigParts, em: EntityManager, due: readonly DueRow[], now: number): Promise<number> {
  const { capture, registry, clock } = parts;
  const at = clock();
  const known = replicatedOf(parts);
  const rows = (await lockRows(parts, em, due)).filter(
    ({ name, expiresAt, deletedAt }) => Number(expiresAt ?? now + 1) <= now && deletedAt === null && known.has(name),
  );
  if (rows.length === 0) return 0;
  const writes = rows.map((row): ConfigWrite => {
    const locked = toLocked(row, at);
    return { row: locked, version: locked.version + 1, json: undefined, expiresAt: 0, at, revision: EXPIRED };
  });
  await writeConfigRows(parts, em, writes);
  const changes = rows.map((row): RowChange => {
    const definition = known.get(row.name) as ReplicatedConfig;
    if (!registry.config(definition.config))
      throw new TenantryError('NOT_REGISTERED', `"${definition.config.name}" was deregistered meanwhile.`);
    return { definition, recordId: String(row.id), op: 'delete', tenant: tenantOfText(row.tenant), before: undefined };
  });
  const entry = await capture.enlist(em, changes);
  entry.publishTimeoutMs = Math.max(...registry.configs().map(({ config }) => config.cacheTimeoutMs));
  return rows.length;
}

/** Locks the rows by nothing but their ids: along another index the database would lock other rows, too. */
async function lockRows({ dialect }: ConfigParts, em: EntityManager, due: readonly DueRow[]): Promise<ConfigRow[]> {
  const lockMode = dialect.supportsRowLocks ? LockMode.PESSIMISTIC_PARTIAL_WRITE : undefined;
  return findOwn(em, Config, { id: { $in: due.map(({ id }) => id) } }, { orderBy: { id: 'asc' }, lockMode });
}
