import { DeadlockException, type EntityManager, IsolationLevel, LockWaitTimeoutException } from '@mikro-orm/core';
import { TenantryError, withoutValues } from '@tenantry/protocol';
import { within } from '@tenantry/redis';
import type { CapturedChange } from './captured-change.ts';
import { type ConfigChange, checkConditions } from './config-change.ts';
import type { ConfigParts } from './config-parts.ts';
import { checkQuota } from './config-quota.ts';
import { type ConfigWrite, lockConfigRows, writeConfigRows } from './config-rows.ts';
import type { WriteResult } from './config-store.ts';
import { ownWork } from './own-work.ts';

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
    const versions = await writeIn(parts, outer, tenant, changes);
    return toResults(changes, versions, 'on-commit');
  }
  const budgetMs = Math.max(...changes.map(({ definition }) => definition.databaseTimeoutMs));
  const committed = commit(parts, tenant, changes);
  const { versions, published } = await within(budgetMs, 'Writing configs', committed).catch(error => {
    throw withoutValues(error, 'Writing configs');
  });
  return toResults(changes, versions, published ? 'now' : 'later');
}

async function commit(
  parts: ConfigParts,
  tenant: string,
  changes: readonly ConfigChange[],
): Promise<{ versions: number[]; published: boolean }> {
  for (let attempt = 1; ; attempt++) {
    let published = false;
    try {
      const versions = await ownWork(parts.orm).transactional(
        em =>
          writeIn(parts, em, tenant, changes, now => {
            published = now;
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

/** Answers the new versions, in the order of the changes. `onPublished` is only for a transaction of our own. */
async function writeIn(
  parts: ConfigParts,
  em: EntityManager,
  tenant: string,
  changes: readonly ConfigChange[],
  onPublished?: (published: boolean) => void,
): Promise<number[]> {
  const { dialect, registry, capture, clock } = parts;
  const at = clock();
  const names = changes.map(({ definition }) => definition.configKey);
  const rows = await lockConfigRows(em, dialect, tenant, names, at);
  const writes = changes.map((change): ConfigWrite => {
    const row = rows.get(change.definition.configKey);
    if (!row)
      throw new TenantryError('UNAVAILABLE', `"${change.definition.name}" has no row although it was just made.`);
    checkConditions(change, row);
    const json = change.next(row);
    const { op, actor, reason, origin, expiresAt } = change;
    return { row, version: row.version + 1, json, expiresAt, at, revision: { op, actor, reason, origin } };
  });
  await checkQuota(parts, em, tenant, writes, onPublished !== undefined);
  await writeConfigRows(em, tenant, writes);
  const captured = writes.map(({ row, json }, i): CapturedChange => {
    const { definition } = changes[i] as ConfigChange;
    const source = registry.config(definition);
    if (!source)
      throw new TenantryError(
        'NOT_REGISTERED',
        `"${definition.name}" was deregistered meanwhile: nothing was written.`,
      );
    return {
      source,
      recordId: String(row.id),
      op: json === undefined ? 'delete' : 'update',
      tenant,
      before: undefined,
    };
  });
  const entry = await capture.enlist(em, captured);
  if (onPublished) {
    entry.onPublished = onPublished;
    entry.publishTimeoutMs = Math.max(...changes.map(({ definition }) => definition.cacheTimeoutMs));
  }
  return writes.map(({ version }) => version);
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
