import { DeadlockException, type EntityManager, IsolationLevel, LockWaitTimeoutException } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import { type ConfigChange, checkConditions } from '../../configs/config-change.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { checkQuota } from '../../configs/config-quota.ts';
import { type ConfigWrite, lockConfigRows, writeConfigRows } from '../../configs/config-rows.ts';
import { ownWork } from '../../database/internal-fork.ts';
import type { CapturedChange } from '../../outbox/row-change.ts';
import type { PublishedSource } from '../../sources/replicated-source.ts';
import type { WriteResult } from '../config-store.ts';

const ATTEMPTS = 5;

/**
 * Writes configs of one tenant in one transaction, the caller's where there is one: rows, history and outbox together, so
 * that they become visible with everything else the transaction changes. Answers when it is committed and published, or
 * handed to the relay.
 */
export async function writeToDatabase(
  parts: ConfigParts,
  tenant: string,
  changes: readonly ConfigChange[],
  outer: EntityManager | undefined,
): Promise<WriteResult[]> {
  if (outer) {
    const versions = await writeIn(parts, outer, tenant, changes).catch(error => {
      throw withoutValues(error, 'Writing configs');
    });
    return toResults(changes, versions, 'on-commit');
  }
  const budgetMs = Math.max(...changes.map(({ definition }) => definition.databaseTimeoutMs));
  const committed = commit(parts, tenant, changes, performance.now() + budgetMs);
  const { versions, published } = await within(budgetMs, 'Writing configs', committed).catch(error => {
    throw withoutValues(error, 'Writing configs');
  });
  return toResults(changes, versions, published ? 'now' : 'later');
}

async function commit(
  parts: ConfigParts,
  tenant: string,
  changes: readonly ConfigChange[],
  endsAt: number,
): Promise<{ versions: number[]; published: boolean }> {
  for (let attempt = 1; ; attempt++) {
    let published = false;
    try {
      const versions = await ownWork(parts.orm).transactional(
        em =>
          writeIn(parts, em, tenant, changes, {
            endsAt,
            onPublished: now => {
              published = now;
            },
          }),
        parts.dialect.supportsRowLocks ? { isolationLevel: IsolationLevel.READ_COMMITTED } : {},
      );
      return { versions, published };
    } catch (error) {
      const mayPass = error instanceof DeadlockException || error instanceof LockWaitTimeoutException;
      if (!mayPass || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What a transaction of our own has that a caller's has not. */
interface Own {
  /** When the caller gives up waiting, as `performance.now()` tells it. */
  readonly endsAt: number;
  onPublished(published: boolean): void;
}

/** Answers the new versions, in the order of the changes. */
async function writeIn(
  parts: ConfigParts,
  em: EntityManager,
  tenant: string,
  changes: readonly ConfigChange[],
  own?: Own,
): Promise<number[]> {
  const { dialect, capture, clock } = parts;
  const at = clock();
  const names = changes.map(({ definition }) => definition.configKey);
  const rows = await lockConfigRows(em, dialect, tenant, names, at);
  // The caller was told that it took too long: written now, it could replace what others have written since.
  if (own && performance.now() > own.endsAt)
    throw new TenantryError(
      'TIMEOUT',
      'Others held these configs for longer than the write may take: nothing was written.',
    );
  // Before anything is written: a caller's transaction may go on after the error.
  const sources = changes.map(({ definition }) => sourceOf(parts, definition));
  const writes = changes.map((change): ConfigWrite => {
    const row = rows.get(change.definition.configKey);
    if (!row)
      throw new TenantryError('UNAVAILABLE', `"${change.definition.name}" has no row although it was just made.`);
    checkConditions(change, row);
    const json = change.next(row);
    const { op, actor, reason, origin, expiresAt } = change;
    return { row, version: row.version + 1, json, expiresAt, at, revision: { op, actor, reason, origin } };
  });
  await checkQuota(parts, em, tenant, writes, own !== undefined);
  await writeConfigRows(em, writes);
  if (own) for (const { definition } of changes) sourceOf(parts, definition);
  const captured = writes.map(
    ({ row, json }, i): CapturedChange => ({
      source: sources[i] as PublishedSource,
      recordId: String(row.id),
      op: json === undefined ? 'delete' : 'update',
      tenant,
      before: undefined,
    }),
  );
  const entry = await capture.enlist(em, captured);
  if (own) {
    entry.onPublished = own.onPublished;
    entry.publishTimeoutMs = Math.max(...changes.map(({ definition }) => definition.cacheTimeoutMs));
  }
  return writes.map(({ version }) => version);
}

function sourceOf({ registry }: ConfigParts, definition: AnyConfig): PublishedSource {
  const source = registry.config(definition);
  if (source) return source;
  throw new TenantryError('NOT_REGISTERED', `"${definition.name}" was deregistered meanwhile: nothing was written.`);
}

function toResults(
  changes: readonly ConfigChange[],
  versions: readonly number[],
  published: WriteResult['published'],
): WriteResult[] {
  return changes.map(({ definition }, i) => ({
    version: versions[i] as number,
    // Within a transaction a write-back is written through: nothing could take it back otherwise.
    policy: definition.writePolicy === 'write-back' ? 'write-through' : definition.writePolicy,
    published,
    persisted: true,
  }));
}
