import type { EntityManager } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import { type ConfigChange, checkConditions } from '../../configs/config-change.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { checkQuota } from '../../configs/config-quota.ts';
import { type ConfigWrite, lockConfigRows, writeConfigRows } from '../../configs/config-rows.ts';
import type { WriteResult } from '../../configs/write-options.ts';
import { retryTransaction } from '../../database/retry-transaction.ts';
import type { ReplicatedDefinition } from '../../definitions/replicated-definition.ts';
import type { RowChange } from '../../outbox/row-change.ts';

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
  let published = false;
  const onPublished = (now: boolean) => {
    published = now;
  };
  const versions = await retryTransaction(parts.orm, parts.dialect, em =>
    writeIn(parts, em, tenant, changes, { endsAt, onPublished }),
  );
  return { versions, published };
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
  const replicated = changes.map(({ definition }) => replicatedOf(parts, definition));
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
  if (own) for (const { definition } of changes) replicatedOf(parts, definition);
  const captured = writes.map(
    ({ row, json }, i): RowChange => ({
      definition: replicated[i] as ReplicatedDefinition,
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

function replicatedOf({ registry }: ConfigParts, definition: AnyConfig): ReplicatedDefinition {
  const replicated = registry.config(definition);
  if (replicated) return replicated;
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
