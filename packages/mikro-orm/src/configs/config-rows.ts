import { type EntityManager, LockMode } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import type { Dialect } from '../database/dialect.ts';
import { driverOf, findOwn, placeOf } from '../database/own-queries.ts';
import { Config, ConfigRevision, type ConfigRevisionRow, type ConfigRow } from '../tables/config-tables.ts';

/** A config before a change. */
export interface PresentConfig {
  /** 0: it never was set. */
  readonly version: number;
  /** Undefined: it is not set, or has expired. */
  readonly json: string | undefined;
  /** Of the value, in ms since 1970; 0 never. */
  readonly expiresAt: number;
}

/** A config row that this transaction has locked. */
export interface LockedConfig extends PresentConfig {
  readonly id: number | string;
  readonly tenant: string;
  readonly name: string;
  /** Until when (ms since 1970) a write-back that is not flushed yet has a place in the quota; 0: it has none. */
  readonly reservedUntil: number;
}

/** A new version of a locked row, with its entry in the history. */
export interface ConfigWrite {
  readonly row: LockedConfig;
  readonly version: number;
  /** Undefined: the version has no value. */
  readonly json: string | undefined;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  readonly at: number;
  /** From where it was written. */
  readonly via?: string | null | undefined;
  /** Of a write-back: when Redis took it, which is its `at`, too. */
  readonly acceptedAt?: number;
  readonly revision: Pick<ConfigRevisionRow, 'op' | 'actor' | 'reason' | 'origin'> & { readonly writeId?: string };
}

/** Writes into the audit log that these writes are made, in their transaction. */
export type AuditWrites = (em: EntityManager, writes: readonly ConfigWrite[]) => Promise<void>;

/**
 * Locks a tenant's rows of these names, in the order of the names, and returns them by name. `shared`: others may lock them so, too, and none
 * may write them. A row that is missing is first
 * inserted, at version 0: locking a row that is not there takes a gap lock, and two writers that both hold one wait
 * for each other for ever.
 */
export async function lockConfigRows(
  em: EntityManager,
  dialect: Dialect,
  tenant: string,
  names: readonly string[],
  now: number,
  mode: 'exclusive' | 'shared' = 'exclusive',
): Promise<ReadonlyMap<string, LockedConfig>> {
  const sorted = [...new Set(names)].sort();
  const where = { tenant, name: { $in: sorted } };
  const known = new Set((await findOwn(em, Config, where, { fields: ['name'] })).map(({ name }) => name));
  const missing = sorted.filter(name => !known.has(name));
  if (missing.length > 0) {
    const stubs = missing.map(name => ({ tenant, name, version: 0, deletedAt: 0, updatedAt: now }));
    // A row that another writer inserted meanwhile stays as it is.
    const upsert = {
      ...placeOf(em),
      upsert: true,
      onConflictFields: ['tenant', 'name'],
      onConflictAction: 'ignore',
    };
    await em
      .getDriver()
      .nativeUpdateMany(Config, stubs.map(({ name }) => ({ tenant, name })) as never, stubs as never, upsert as never);
  }
  const rows = await findOwn(em, Config, where, { orderBy: { name: 'asc' }, lockMode: lockModeOf(dialect, mode) });
  return new Map(rows.map(row => [row.name, toLocked(row, now)]));
}

/** How rows are locked; undefined where the database locks no rows. */
export function lockModeOf({ supportsRowLocks }: Dialect, mode: 'exclusive' | 'shared'): LockMode | undefined {
  if (!supportsRowLocks) return undefined;
  return mode === 'shared' ? LockMode.PESSIMISTIC_READ : LockMode.PESSIMISTIC_WRITE;
}

// The cost of a statement grows with the square of its rows, and the server limits the size of a packet.
const BATCH = { rows: 250, characters: 1_000_000 };

/** Writes new versions, their history and, where there is one, the audit log. The rows are locked by this transaction. */
export async function writeConfigRows(
  { auditWrites }: { readonly auditWrites: AuditWrites | undefined },
  em: EntityManager,
  writes: readonly ConfigWrite[],
): Promise<void> {
  for (const batch of batches(writes)) await writeBatch(em, batch);
  if (auditWrites && writes.length > 0) await auditWrites(em, writes);
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
  const place = placeOf(em);
  const driver = driverOf(em);
  await driver.nativeUpdateMany(
    Config,
    writes.map(({ row }) => ({ id: row.id })) as never,
    writes.map(({ row, version, json, expiresAt, at, revision }) => ({
      version,
      value: json ?? null,
      expiresAt: expiresAt > 0 ? expiresAt : null,
      deletedAt: json === undefined ? at : null,
      // The write takes or gives back its place in the quota. A value that ends by time may end before the write-back that the
      // place is reserved for arrives.
      reservedUntil: revision.op === 'expire' && row.reservedUntil > 0 ? row.reservedUntil : null,
      updatedAt: at,
      updatedBy: revision.actor,
    })) as never,
    place as never,
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
    place as never,
  );
}

/** The value of a row; undefined if it is not set or has expired. */
export function presentJson(
  { value, deletedAt, expiresAt }: Pick<ConfigRow, 'value' | 'deletedAt' | 'expiresAt'>,
  now: number,
): string | undefined {
  const endsAt = Number(expiresAt ?? 0);
  return value === null || deletedAt !== null || (endsAt > 0 && endsAt <= now) ? undefined : value;
}

/** One of the rows that `lockConfigRows` returned. */
export function lockedRow(rows: ReadonlyMap<string, LockedConfig>, name: string): LockedConfig {
  const row = rows.get(name);
  if (row) return row;
  throw new TenantryError('UNAVAILABLE', `"${name}" has no row although it was just made.`);
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
