import type { EntityManager } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { tenantOfText, withoutValues } from '@tenantry/protocol/internal';
import type { ConfigChange } from '../configs/config-change.ts';
import type { ConfigParts } from '../configs/config-parts.ts';
import { lockConfigRows } from '../configs/config-rows.ts';
import type { WriteOptions, WriteResult } from '../configs/write-options.ts';
import { withinQuery } from '../database/within-query.ts';
import { scopeGuardOf } from '../scopes/scope-guard-of.ts';
import type { WriteBackParts } from '../write-back/create-write-back.ts';
import { REPEAT, writeToDatabase } from './writes/write-to-database.ts';

/** One tenant, and all that its writes need. */
export interface TenantContext {
  readonly tenant: string;
  readonly parts: ConfigParts;
  readonly writeBack: Pick<WriteBackParts, 'flusher' | 'reader' | 'writer'>;
}

/**
 * Sends changes to the database or to Redis, as the policies of their configs say: all of them, or none. Throws what it refuses at
 * once: one promise less for each write.
 */
export function writeConfigs(
  context: TenantContext,
  changes: readonly ConfigChange[],
  options: WriteOptions,
): Promise<WriteResult[]> {
  const written = writeAll(context, changes, options);
  return options.readToken ? withReadToken(context, written) : written;
}

/** The same in one transaction, whatever the policies say. `NOT_ATOMIC` for what is only in Redis. */
export function writeThrough(
  context: TenantContext,
  changes: readonly ConfigChange[],
  options: WriteOptions,
): Promise<WriteResult[]> {
  const written = writeAllThrough(context, changes, options);
  return options.readToken ? withReadToken(context, written) : written;
}

async function writeAllThrough(
  context: TenantContext,
  changes: readonly ConfigChange[],
  options: WriteOptions,
): Promise<WriteResult[]> {
  if (changes.length === 0) return [];
  const outer = transactionOf(context.parts, options.em);
  const inRedis = changes.filter(({ definition }) => definition.persistence !== 'database');
  if (inRedis.length > 0) throw onlyInRedis(inRedis);
  return writeRows(context, changes, outer);
}

async function withReadToken(
  { tenant, parts }: TenantContext,
  written: Promise<WriteResult[]>,
): Promise<WriteResult[]> {
  const results = await written;
  const isReadable = results.length > 0 && results.every(({ published }) => published === 'now');
  if (!isReadable) return results;
  // The write is made: that nobody can say where the feed stands is no failure of it.
  const readToken = await parts.readTokenOf(tenantOfText(tenant)).catch(() => undefined);
  return results.map(result => ({ ...result, readToken }));
}

function writeAll(
  context: TenantContext,
  changes: readonly ConfigChange[],
  options: WriteOptions,
): Promise<WriteResult[]> {
  if (changes.length === 0) return Promise.resolve([]);
  const outer = transactionOf(context.parts, options.em);
  const inRedis = changes.filter(({ definition }) => !goesToDatabase(definition, outer));
  if (inRedis.length === 0) return writeRows(context, changes, outer);
  if (inRedis.length < changes.length)
    throw new TenantryError(
      'NOT_ATOMIC',
      `An atomic bulk cannot go to the database and to Redis at once (${namesOf(inRedis)}): nothing was written. Write the two apart, or \`atomic: false\`.`,
    );
  if (outer) throw onlyInRedis(inRedis);
  return withinQuota(context, changes, () => writeRedis(context, changes));
}

/**
 * The configs that are set as the caller's transaction will find them when it writes: it has locked their rows, so no other
 * writer can unset them in the meantime.
 */
export async function lockPresent(
  context: TenantContext,
  definitions: readonly AnyConfig[],
  outer: EntityManager,
): Promise<AnyConfig[]> {
  const { parts, tenant } = context;
  const names = definitions.map(({ configKey }) => configKey);
  await flushBefore(context, definitions, outer);
  const lock = async () => {
    const changes = definitions.map(definition => ({ definition }));
    // In the order of the write that follows.
    await scopeGuardOf({ parts, tenant, changes, isOwn: false })?.lock(outer);
    return lockConfigRows(outer, parts.dialect, tenant, names, parts.clock());
  };
  const rows = await lock().catch(error => {
    throw withoutValues(error, 'Looking for configs', REPEAT);
  });
  return definitions.filter(({ configKey }) => rows.get(configKey)?.json !== undefined);
}

/** The caller's open transaction: the one that was named, or the one of `em.transactional()` around this call. */
export function transactionOf({ orm }: ConfigParts, named: EntityManager | undefined): EntityManager | undefined {
  const em = named ?? (orm.em.getContext(false) as EntityManager);
  if (em.isInTransaction()) return em;
  if (!named) return undefined;
  throw new TenantryError(
    'NOT_ATOMIC',
    'The `em` of this write has no open transaction: nothing was written. Begin one, or leave it out.',
  );
}

async function writeRedis(
  { tenant, writeBack }: TenantContext,
  changes: readonly ConfigChange[],
): Promise<WriteResult[]> {
  const written = await writeBack.writer.write(tenant, changes);
  return written.map(({ version, persisted }, i) => {
    const { writePolicy } = (changes[i] as ConfigChange).definition;
    return { version, policy: writePolicy, published: 'now', persisted };
  });
}

function writeRows(
  context: TenantContext,
  changes: readonly ConfigChange[],
  outer: EntityManager | undefined,
): Promise<WriteResult[]> {
  const write = () => writeRowsOnce(context, changes, outer);
  return outer ? write() : withinQuota(context, changes, write);
}

async function writeRowsOnce(
  context: TenantContext,
  changes: readonly ConfigChange[],
  outer: EntityManager | undefined,
): Promise<WriteResult[]> {
  const definitions = changes.map(({ definition }) => definition);
  await flushBefore(context, definitions, outer);
  return writeToDatabase(context.parts, context.tenant, changes, outer);
}

/** An unset write-back keeps its place in the quota until it is flushed: the tenant is flushed before a write is refused. */
function withinQuota<T>(context: TenantContext, changes: readonly ConfigChange[], work: () => Promise<T>): Promise<T> {
  // Nothing is counted without a quota.
  return context.parts.maxConfigsPerTenant === undefined ? work() : flushingOnce(context, changes, work);
}

async function flushingOnce<T>(
  { tenant, writeBack }: TenantContext,
  changes: readonly ConfigChange[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TenantryError && error.code === 'QUOTA_EXCEEDED')) throw error;
    const budgetMs = Math.max(...changes.map(({ definition }) => definition.databaseTimeoutMs));
    const flush = (signal: AbortSignal) => writeBack.flusher.flush(tenant, signal);
    await withinQuery(budgetMs, 'Flushing write-backs', flush).catch(() => undefined);
    return work();
  }
}

/**
 * Brings earlier write-backs of these configs, under this or an earlier policy, into the database first. The caller's
 * transaction may have locked some of the rows already: the flush would wait for that transaction, and the transaction for
 * the flush. Write-backs of those configs are left to the next flush.
 */
async function flushBefore(
  { tenant, parts, writeBack }: TenantContext,
  definitions: readonly AnyConfig[],
  outer: EntityManager | undefined,
): Promise<void> {
  const mine = (outer ? parts.capture.changesOf(outer) : []).filter(change => change.tenant === tenantOfText(tenant));
  const locked = new Set<unknown>(mine.map(change => change.definition));
  await writeBack.flusher.flushBefore(
    tenant,
    definitions.filter(definition => !locked.has(parts.registry.config(definition))),
  );
}

function goesToDatabase({ writePolicy, persistence }: AnyConfig, outer: EntityManager | undefined): boolean {
  return persistence === 'database' && (writePolicy !== 'write-back' || outer !== undefined);
}

function onlyInRedis(changes: readonly ConfigChange[]): TenantryError {
  return new TenantryError(
    'NOT_ATOMIC',
    `A transaction cannot take back what is only in Redis (${namesOf(changes)}): nothing was written. Write it after the commit.`,
  );
}

function namesOf(changes: readonly ConfigChange[]): string {
  return changes.map(({ definition }) => `"${definition.name}"`).join(', ');
}
