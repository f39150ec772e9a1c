import { type EntityManager, LockMode } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { type ConfigWrite, toLocked, writeConfigRows } from '../../configs/config-rows.ts';
import { faultOf } from '../../database/permanent-error.ts';
import type { CapturedChange } from '../../outbox/row-change.ts';
import type { PublishedSource } from '../../sources/replicated-source.ts';
import { Config, type ConfigRow } from '../../tables/config-tables.ts';
import { inTransaction } from '../../write-back/flush-transaction.ts';
import type { WriteBack } from '../../write-back/write-back.ts';
import type { JanitorOptions } from './trim-revisions.ts';

// About what is published within a publish's budget: the rest would be left to the relay.
const BATCH = 250;
const AT_ONCE = 8;
const DATABASE_MS = 10_000;
const EXPIRED = { op: 'expire', actor: null, reason: null, origin: 'expiresAt' } as const;

/** A value that has ended; what else there is of it is read under its lock. */
type DueRow = Pick<ConfigRow, 'id' | 'tenant' | 'name' | 'expiresAt'>;

/**
 * Makes a new version, with nothing in it, of every value that has ended: until then readers only stopped to show it. It is in
 * the history and in the feed as any write is, once however many janitors there are. Answers how many.
 *
 *   read due rows → flush what is dirty of them → one transaction: lock those that nobody else has locked, write, commit
 *
 * What is locked, or cannot be ended, is passed over and left to the next run. The first error is thrown after all others
 * were ended.
 */
export async function expireDue(
  parts: ConfigParts,
  writeBack: Pick<WriteBack, 'flushBefore'>,
  { onProgress, signal }: JanitorOptions,
): Promise<number> {
  const now = parts.clock();
  const failures: unknown[] = [];
  let expired = 0;
  let last: DueRow | undefined;
  for (let isMore = true; isMore && !signal?.aborted; ) {
    const sources = sourcesOf(parts);
    const due = await readDue(parts, [...sources.keys()], now, last);
    const flushed = await flushAll(writeBack, sources, due, failures);
    const count = await endAll(parts, flushed, now, failures);
    expired += count;
    onProgress?.(count);
    isMore = due.length === BATCH;
    last = due.at(-1);
  }
  if (failures.length > 0) throw withoutValues(failures[0], 'Ending values');
  return expired;
}

function sourcesOf({ registry }: ConfigParts): Map<string, PublishedSource & { readonly definition: AnyConfig }> {
  return new Map(registry.configs().map(source => [source.definition.configKey, source]));
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
  const found = await orm.em.getDriver().find(Config, due as never, {
    connectionType: 'write',
    fields: ['tenant', 'name', 'expiresAt'],
    orderBy: { expiresAt: 'asc', id: 'asc' },
    limit: BATCH,
  });
  return found as ConfigRow[];
}

/** What a write-back left behind came first. Answers the rows of the tenants where that is so. */
async function flushAll(
  { flushBefore }: Pick<WriteBack, 'flushBefore'>,
  sources: ReadonlyMap<string, { readonly definition: AnyConfig }>,
  due: readonly DueRow[],
  failures: unknown[],
): Promise<DueRow[]> {
  const tenants = [...Map.groupBy(due, ({ tenant }) => tenant)];
  const flushed: DueRow[] = [];
  for (let i = 0; i < tenants.length; i += AT_ONCE) {
    const flushing = tenants.slice(i, i + AT_ONCE).map(async ([tenant, rows]) => {
      const definitions = rows.flatMap(({ name }) => sources.get(name)?.definition ?? []);
      await flushBefore(tenant, definitions).then(
        () => flushed.push(...rows),
        error => failures.push(error),
      );
    });
    await Promise.all(flushing);
  }
  return flushed;
}

/** A database that fails ends the run. Where a row is at fault, the halves tell which. */
async function endAll(parts: ConfigParts, due: readonly DueRow[], now: number, failures: unknown[]): Promise<number> {
  if (due.length === 0) return 0;
  try {
    const ending = inTransaction(parts.orm, parts.dialect, em => endIn(parts, em, due, now));
    return await within(DATABASE_MS, 'Ending values', ending);
  } catch (error) {
    // Deregistered meanwhile: without that config.
    if (error instanceof TenantryError && error.code === 'NOT_REGISTERED') return endAll(parts, due, now, failures);
    if (faultOf(error) === undefined) throw withoutValues(error, 'Ending values');
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

/** Ends what still is due, in one transaction. */
async function endIn(parts: ConfigParts, em: EntityManager, due: readonly DueRow[], now: number): Promise<number> {
  const { capture, registry, clock } = parts;
  const at = clock();
  const sources = sourcesOf(parts);
  const rows = (await lockRows(parts, em, due)).filter(
    ({ name, expiresAt, deletedAt }) => Number(expiresAt ?? now + 1) <= now && deletedAt === null && sources.has(name),
  );
  if (rows.length === 0) return 0;
  const writes = rows.map((row): ConfigWrite => {
    const locked = toLocked(row, at);
    return { row: locked, version: locked.version + 1, json: undefined, expiresAt: 0, at, revision: EXPIRED };
  });
  await writeConfigRows(em, writes);
  const changes = rows.map((row): CapturedChange => {
    const source = sources.get(row.name) as PublishedSource & { readonly definition: AnyConfig };
    if (!registry.config(source.definition))
      throw new TenantryError('NOT_REGISTERED', `"${source.definition.name}" was deregistered meanwhile.`);
    return { source, recordId: String(row.id), op: 'delete', tenant: row.tenant, before: undefined };
  });
  const entry = await capture.enlist(em, changes);
  entry.publishTimeoutMs = Math.max(...registry.configs().map(({ definition }) => definition.cacheTimeoutMs));
  return rows.length;
}

/** By nothing but their ids: along another index, rows would be locked that are none of ours. */
async function lockRows({ dialect }: ConfigParts, em: EntityManager, due: readonly DueRow[]): Promise<ConfigRow[]> {
  const found = await em.getDriver().find(Config, { id: { $in: due.map(({ id }) => id) } } as never, {
    ctx: em.getTransactionContext(),
    connectionType: 'write',
    orderBy: { id: 'asc' },
    ...(dialect.supportsRowLocks ? { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE } : {}),
  });
  return found as ConfigRow[];
}
