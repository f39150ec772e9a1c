import type { EntityManager } from '@mikro-orm/core';
import { encodeConfigEnvelope } from '@tenantry/protocol/internal';
import { createPayloadCodec, type PayloadCodec } from '@tenantry/protocol/wire';
import { type DirtyConfigs, type DirtyEntry, type FlushedWrite, within } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import {
  type ConfigWrite,
  type LockedConfig,
  lockConfigRows,
  lockedRow,
  writeConfigRows,
} from '../configs/config-rows.ts';
import { updateOwn } from '../database/own-queries.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { Config } from '../tables/config-tables.ts';
import { LaterRevisions, RAISED } from './later-revisions.ts';

const REDIS_MS = 1_000;

/**
 * Writes entries of one tenant, each of another row, in one transaction, which `signal` cancels. Returns the entries that can be ended in Redis.
 * If the row is older than the entry, the row gets the entry's version. Otherwise one of four things has happened:
 *
 * 1. The history has the write: it was flushed, and the end of its entry got lost.
 * 2. The history has a later write-back, made at the same time or after it: a slower flusher read this entry, or a restored
 *    Redis remembers it. A later write-back that was made before it belongs to a state that Redis has forgotten.
 * 3. The entry is still dirty: the database moved on by itself. The write gets a version above the row's, in Redis too.
 * 4. The entry is not dirty any more: another process took care of it.
 */
export async function flushInTransaction(
  parts: ConfigParts,
  dirty: DirtyConfigs,
  tenant: string,
  entries: readonly DirtyEntry[],
  signal: AbortSignal | undefined,
): Promise<FlushedWrite[]> {
  const codec = createPayloadCodec();
  const flush = async (em: EntityManager) => {
    const names = entries.map(({ configKey }) => configKey);
    const rows = await lockConfigRows(em, parts.dialect, tenant, names, parts.clock());
    const late = entries.filter(entry => lockedRow(rows, entry.configKey).version >= entry.version);
    const later = await LaterRevisions.read(em, tenant, late);
    const stillDirty = await readStillDirty(
      dirty,
      tenant,
      late.filter(entry => later.flushedAs(entry) === undefined && !later.isOvertaken(entry)),
    );
    const writes: ConfigWrite[] = [];
    const settled: FlushedWrite[] = [];
    for (const entry of entries) {
      const row = lockedRow(rows, entry.configKey);
      const isLate = row.version >= entry.version;
      const flushedAs = isLate ? later.flushedAs(entry) : undefined;
      if (flushedAs !== undefined) {
        settled.push(settledAs(codec, entry, flushedAs));
        // Redis fell back to its state before later writes: it remembers this entry as dirty, and not the later ones.
        if (row.version > flushedAs) await publishRow(parts, em, tenant, entry, row);
      } else if (!isLate || stillDirty.has(entry.writeId)) {
        const version = isLate ? row.version + 1 : entry.version;
        writes.push(toWrite(entry, row, version));
        settled.push(settledAs(codec, entry, version));
      } else {
        if (later.isOvertaken(entry)) await publishRow(parts, em, tenant, entry, row);
        settled.push({ ...settledAs(codec, entry, entry.version), dropAt: 0 });
      }
    }
    await writeConfigRows(parts, em, writes);
    return settled;
  };
  return retryTransaction(parts.orm, parts.dialect, flush, signal);
}

/** Raises a row to the version of a write that it could not take, and changes nothing else of it. */
export async function raiseRow({ orm, dialect, clock }: ConfigParts, tenant: string, entry: DirtyEntry): Promise<void> {
  const { configKey, version } = entry;
  await retryTransaction(orm, dialect, async em => {
    await lockConfigRows(em, dialect, tenant, [configKey], clock());
    await updateOwn(em, Config, { tenant, name: configKey, version: { $lt: version } }, { version });
  });
}

async function readStillDirty(
  dirty: DirtyConfigs,
  tenant: string,
  entries: readonly DirtyEntry[],
): Promise<ReadonlySet<string>> {
  if (entries.length === 0) return new Set();
  return within(REDIS_MS, 'Reading from Redis', dirty.stillDirty(tenant, entries));
}

function toWrite(entry: DirtyEntry, row: LockedConfig, version: number): ConfigWrite {
  const { json, expiresAt, at, actor, reason, origin, via } = entry;
  const op = json === null ? 'unset' : 'set';
  const writeId = version === entry.version ? entry.writeId : entry.writeId + RAISED;
  const revision = { op, actor, reason, origin, writeId } as const;
  return { row, version, json: json ?? undefined, expiresAt, at, via, acceptedAt: at, revision };
}

function settledAs(codec: PayloadCodec, entry: DirtyEntry, version: number): FlushedWrite {
  const { owner, writeId, json, expiresAt, freshUntil, dropAt, at } = entry;
  const settled = { owner, writeId, version, op: json === null ? 'delete' : 'put', dropAt } as const;
  if (json === null || version === entry.version) return settled;
  const times = { expiresAt, freshUntil, dropAt };
  return { ...settled, envelope: encodeConfigEnvelope(codec, owner, { version: 1, updatedAt: at, json, ...times }) };
}

/** Gives the row's present state to Redis, which is behind the database. */
async function publishRow(
  { registry, capture }: ConfigParts,
  em: EntityManager,
  tenant: string,
  { name }: DirtyEntry,
  row: LockedConfig,
): Promise<void> {
  const definition = registry.configs().find(({ config }) => config.name === name);
  if (!definition) return;
  await capture.enlist(em, [{ definition, recordId: String(row.id), op: 'update', tenant, before: undefined }]);
}
