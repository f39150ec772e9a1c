import { type EntityManager, LockMode } from '@mikro-orm/core';
import type { Dialect } from '../database/dialect.ts';
import { Config, ConfigRevision, type ConfigRevisionRow, type ConfigRow } from '../tables/config-tables.ts';
import type { PresentConfig } from './config-change.ts';

/** A config row that this transaction has locked. */
export interface LockedConfig extends PresentConfig {
  readonly id: number | string;
  readonly tenant: string;
  readonly name: string;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** ms since 1970: a write-back that is on its way has a place in the quota; 0 none, or no longer. */
  readonly reservedUntil: number;
}

/** A new version of a locked row, and what its history says of it. */
export interface ConfigWrite {
  readonly row: LockedConfig;
  readonly version: number;
  /** Undefined: it is not set any more. */
  readonly json: string | undefined;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  readonly at: number;
  readonly revision: Pick<ConfigRevisionRow, 'op' | 'actor' | 'reason' | 'origin'> & { readonly writeId?: string };
}

/**
 * Locks a tenant's rows of these names, and answers them by name. Those that are not there are made first, at version 0: a
 * lock on nothing would be a gap lock, and two writers that both have one wait for each other for ever. Rows are
 * locked in the order of their names.
 */
export async function lockConfigRows(
  em: EntityManager,
  dialect: Dialect,
  tenant: string,
  names: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, LockedConfig>> {
  const sorted = [...new Set(names)].sort();
  const options = { ctx: em.getTransactionContext(), connectionType: 'write' } as const;
  const driver = em.getDriver();
  const where = { tenant, name: { $in: sorted } };
  const known = new Set((await driver.find(Config, where, { ...options, fields: ['name'] })).map(({ name }) => name));
  const missing = sorted.filter(name => !known.has(name));
  if (missing.length > 0) {
    const stubs = missing.map(name => ({ tenant, name, version: 0, deletedAt: 0, updatedAt: now }));
    // What somebody else made meanwhile stays as it is.
    const upsert = { ctx: options.ctx, upsert: true, onConflictFields: ['tenant', 'name'], onConflictAction: 'ignore' };
    await driver.nativeUpdateMany(
      Config,
      stubs.map(({ name }) => ({ tenant, name })) as never,
      stubs as never,
      upsert as never,
    );
  }
  const rows = await driver.find(Config, where, {
    ...options,
    orderBy: { name: 'asc' },
    ...(dialect.supportsRowLocks ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {}),
  });
  return new Map((rows as ConfigRow[]).map(row => [row.name, toLocked(row, now)]));
}

// What a statement costs grows with the square of its rows, and no packet is larger than the server allows.
const BATCH = { rows: 250, characters: 1_000_000 };

/** Writes new versions and their history. The rows are locked by this transaction. */
export async function writeConfigRows(em: EntityManager, writes: readonly ConfigWrite[]): Promise<void> {
  for (const batch of batches(writes)) await writeBatch(em, batch);
}

function* batches(writes: readonly ConfigWrite[]): Generator<ConfigWrite[]> {
  let batch: ConfigWrite[] = [];
  let characters = 0;
  for (const write of writes) {
    const length = write.json?.length ?? 0;
    if (batch.length > 0 && (batch.length >= BATCH.rows || characters + length > BATCH.characters)) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    batch.push(write);
    characters += length;
  }
  if (batch.length > 0) yield batch;
}

async function writeBatch(em: EntityManager, writes: readonly ConfigWrite[]): Promise<void> {
  const ctx = em.getTransactionContext();
  const driver = em.getDriver();
  await driver.nativeUpdateMany(
    Config,
    writes.map(({ row }) => ({ id: row.id })) as never,
    writes.map(({ row, version, json, expiresAt, at, revision }) => ({
      version,
      value: json ?? null,
      expiresAt: expiresAt > 0 ? expiresAt : null,
      deletedAt: json === undefined ? at : null,
      // What was reserved for it is taken, or given back. An end by time may come before the write-back that it is for.
      reservedUntil: revision.op === 'expire' && row.reservedUntil > 0 ? row.reservedUntil : null,
      updatedAt: at,
      updatedBy: revision.actor,
    })) as never,
    { ctx } as never,
  );
  await driver.nativeInsertMany(
    ConfigRevision,
    writes.map(({ row, version, json, at, revision }) => ({
      tenant: row.tenant,
      name: row.name,
      version,
      op: revision.op,
      value: json ?? null,
      actor: revision.actor,
      reason: revision.reason,
      origin: revision.origin,
      writeId: revision.writeId ?? null,
      createdAt: at,
    })) as never,
    { ctx } as never,
  );
}

/** The value of a row, undefined where it is not set or has expired. */
export function presentJson({ value, deletedAt, expiresAt }: ConfigRow, now: number): string | undefined {
  const endsAt = Number(expiresAt ?? 0);
  return value === null || deletedAt !== null || (endsAt > 0 && endsAt <= now) ? undefined : value;
}

/** A row as it was read under its lock. */
export function toLocked(row: ConfigRow, now: number): LockedConfig {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    version: Number(row.version),
    json: presentJson(row, now),
    expiresAt: Number(row.expiresAt ?? 0),
    reservedUntil: Number(row.reservedUntil ?? 0) > now ? Number(row.reservedUntil) : 0,
  };
}
