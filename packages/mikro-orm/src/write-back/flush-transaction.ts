import {
  DeadlockException,
  type EntityManager,
  IsolationLevel,
  LockWaitTimeoutException,
  type MikroORM,
} from '@mikro-orm/core';
import { encodeConfigEnvelope } from '@tenantry/protocol/internal';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import { type DirtyConfigs, type DirtyEntry, type FlushedWrite, within } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { type ConfigWrite, type LockedConfig, lockConfigRows, writeConfigRows } from '../configs/config-rows.ts';
import type { Dialect } from '../database/dialect.ts';
import { ownWork } from '../database/internal-fork.ts';
import { Config, ConfigRevision, type ConfigRevisionRow } from '../tables/config-tables.ts';

const ATTEMPTS = 5;
const REDIS_MS = 1_000;

/** After a write id in the history: the database gave the version, not Redis. */
export const RAISED = '+raised';

/**
 * Writes entries of one tenant, each of another row, in one transaction, and answers what can be ended in Redis. Where the
 * row is older than the entry, Redis's version is the row's next. Otherwise one of four things has happened:
 *
 * 1. The history has the write: it was flushed, and its end got lost.
 * 2. The history has a later write-back that was not made before this one: this is what a slower flusher read, or what a
 *    restored Redis remembers. One that was made before it is from a life of Redis that Redis has forgotten.
 * 3. It is dirty still: the database moved on by itself, so the write gets a version above that, and Redis gets it, too.
 * 4. It is not dirty any more: somebody else took care of it.
 */
export async function writeDirty(
  parts: ConfigParts,
  dirty: DirtyConfigs,
  tenant: string,
  entries: readonly DirtyEntry[],
): Promise<FlushedWrite[]> {
  const codec = createPayloadCodec();
  return inTransaction(parts.orm, parts.dialect, async em => {
    const names = entries.map(({ configKey }) => configKey);
    const rows = await lockConfigRows(em, parts.dialect, tenant, names, parts.clock());
    const late = entries.filter(entry => rowOf(rows, entry).version >= entry.version);
    const history = late.length > 0 ? await laterRevisions(em, tenant, late) : [];
    const unflushed = late.filter(entry => !isIn(history, entry) && !isOvertaken(history, entry));
    const still =
      unflushed.length > 0
        ? await within(REDIS_MS, 'Reading from Redis', dirty.stillDirty(tenant, unflushed))
        : new Set<string>();

    const writes: ConfigWrite[] = [];
    const settled: FlushedWrite[] = [];
    for (const entry of entries) {
      const row = rowOf(rows, entry);
      const isLate = row.version >= entry.version;
      const flushedAs = isLate ? history.find(revision => isWriteOf(revision, entry))?.version : undefined;
      if (flushedAs !== undefined) {
        settled.push(settledAs(entry, Number(flushedAs)));
        // Redis fell back to what was before later writes: it remembers this one as dirty, and not those.
        if (row.version > Number(flushedAs)) await publishRow(parts, em, tenant, entry, row);
      } else if (!isLate || still.has(entry.writeId)) {
        const version = isLate ? row.version + 1 : entry.version;
        writes.push(toWrite(entry, row, version));
        settled.push(settledAs(entry, version));
      } else {
        if (isOvertaken(history, entry)) await publishRow(parts, em, tenant, entry, row);
        settled.push({ ...settledAs(entry, entry.version), dropAt: 0 });
      }
    }
    await writeConfigRows(em, writes);
    return settled;
  });

  function settledAs(entry: DirtyEntry, version: number): FlushedWrite {
    const { owner, writeId, json, expiresAt, freshUntil, dropAt, at } = entry;
    const settled = { owner, writeId, version, op: json === null ? 'delete' : 'put', dropAt } as const;
    if (json === null || version === entry.version) return settled;
    const times = { expiresAt, freshUntil, dropAt };
    return { ...settled, envelope: encodeConfigEnvelope(codec, owner, { version: 1, updatedAt: at, json, ...times }) };
  }
}

/** Raises the version of a row, and nothing else, to that of a write it could not take. */
export async function raiseRow({ orm, dialect, clock }: ConfigParts, tenant: string, entry: DirtyEntry): Promise<void> {
  const { configKey, version } = entry;
  await inTransaction(orm, dialect, async em => {
    await lockConfigRows(em, dialect, tenant, [configKey], clock());
    await em.nativeUpdate(Config, { tenant, name: configKey, version: { $lt: version } }, { version });
  });
}

/** At READ COMMITTED: what others wrote while we waited for their locks is seen. Deadlocks are tried again. */
export async function inTransaction<T>(
  orm: MikroORM,
  dialect: Dialect,
  work: (em: EntityManager) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ownWork(orm).transactional(
        work,
        dialect.supportsRowLocks ? { isolationLevel: IsolationLevel.READ_COMMITTED } : {},
      );
    } catch (error) {
      const mayPass = error instanceof DeadlockException || error instanceof LockWaitTimeoutException;
      if (!mayPass || attempt === ATTEMPTS) throw error;
    }
  }
}

function rowOf(rows: ReadonlyMap<string, LockedConfig>, { configKey }: DirtyEntry): LockedConfig {
  const row = rows.get(configKey);
  if (row) return row;
  throw new Error('A config has no row although it was just made.');
}

function toWrite(entry: DirtyEntry, row: LockedConfig, version: number): ConfigWrite {
  const { json, expiresAt, at, actor, reason, origin, writeId } = entry;
  return {
    row,
    version,
    json: json ?? undefined,
    expiresAt,
    at,
    revision: {
      op: json === null ? 'unset' : 'set',
      actor,
      reason,
      origin,
      writeId: version === entry.version ? writeId : writeId + RAISED,
    },
  };
}

type Revision = Pick<ConfigRevisionRow, 'name' | 'version' | 'writeId' | 'createdAt'>;

/** What the history has of these rows from the entries' versions on. */
async function laterRevisions(em: EntityManager, tenant: string, entries: readonly DirtyEntry[]): Promise<Revision[]> {
  const where = { tenant, $or: entries.map(({ configKey: name, version }) => ({ name, version: { $gte: version } })) };
  const found = await em.getDriver().find(ConfigRevision, where as never, {
    ctx: em.getTransactionContext(),
    connectionType: 'write',
    fields: ['name', 'version', 'writeId', 'createdAt'] as never,
  });
  return found as unknown as Revision[];
}

function isWriteOf({ name, writeId }: Revision, entry: DirtyEntry): boolean {
  return name === entry.configKey && (writeId === entry.writeId || writeId === entry.writeId + RAISED);
}

function isIn(history: readonly Revision[], entry: DirtyEntry): boolean {
  return history.some(revision => isWriteOf(revision, entry));
}

/**
 * Redis itself gave a later version to another write: versions that the database gave say nothing of the order in Redis. Nor
 * do those that Redis gave before it fell back (a failover, a restart), of what it has acknowledged since:
 *
 *   Redis: v2 (flushed)   falls back to v1   acknowledges v2 again
 *
 * Only their times tell that from a dirty entry that came back with the old state. With clocks apart by more than the fall took,
 * the wrong one of the two stands; without them it would always be the acknowledged one that is lost.
 */
function isOvertaken(history: readonly Revision[], entry: DirtyEntry): boolean {
  return history.some(
    ({ name, version, writeId, createdAt }) =>
      name === entry.configKey &&
      Number(version) >= entry.version &&
      Number(createdAt) >= entry.at &&
      writeId !== null &&
      !writeId.endsWith(RAISED),
  );
}

/** Redis is behind the database: it gets what stands there. */
async function publishRow(
  { registry, capture }: ConfigParts,
  em: EntityManager,
  tenant: string,
  { name }: DirtyEntry,
  row: LockedConfig,
): Promise<void> {
  const source = registry.configs().find(({ definition }) => definition.name === name);
  if (!source) return;
  await capture.enlist(em, [{ source, recordId: String(row.id), op: 'update', tenant, before: undefined }]);
}
