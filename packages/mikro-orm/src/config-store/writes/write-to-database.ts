import type { EntityManager } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { TRY_AGAIN, tenantOfText, withoutValues } from '@tenantry/protocol/internal';
import { type ConfigChange, checkConditions, endOf } from '../../configs/config-change.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { checkQuota } from '../../configs/config-quota.ts';
import {
  type ConfigWrite,
  type LockedConfig,
  lockConfigRows,
  lockedRow,
  writeConfigRows,
} from '../../configs/config-rows.ts';
import type { WriteResult } from '../../configs/write-options.ts';
import { retryTransaction } from '../../database/retry-transaction.ts';
import { withinQuery } from '../../database/within-query.ts';
import type { ReplicatedDefinition } from '../../definitions/replicated-definition.ts';
import type { RowChange } from '../../outbox/row-change.ts';
import { scopeGuardOf } from '../../scopes/scope-guard-of.ts';

/** What is to be done in a transaction of the caller's, which only the caller can. */
export const REPEAT = 'roll back, and repeat the transaction';

/**
 * Writes configs of one tenant in one transaction, the caller's if there is one: rows, history and outbox together, so that
 * they become visible with everything else that the transaction changes. Without a caller's transaction it returns once
 * its own is committed, and is published or handed to the relay.
 */
export async function writeToDatabase(
  parts: ConfigParts,
  tenant: string,
  changes: readonly ConfigChange[],
  outer: EntityManager | undefined,
): Promise<WriteResult[]> {
  if (outer) {
    const versions = await writeIn(parts, outer, tenant, changes).catch(error => {
      throw withoutValues(error, 'Writing configs', REPEAT);
    });
    return toResults(changes, versions, 'on-commit');
  }
  const budgetMs = Math.max(...changes.map(({ definition }) => definition.databaseTimeoutMs));
  let published = false;
  const own: OwnTransaction = {
    endsAt: performance.now() + budgetMs,
    onPublished(now) {
      published = now;
    },
  };
  const write = (em: EntityManager) => writeIn(parts, em, tenant, changes, own);
  const versions = await withinQuery(budgetMs, 'Writing configs', signal =>
    retryTransaction(parts.orm, parts.dialect, write, signal),
  ).catch(error => {
    throw withoutValues(error, 'Writing configs', TRY_AGAIN);
  });
  return toResults(changes, versions, published ? 'now' : 'later');
}

/** A transaction of our own: its caller waits for it, until a moment. */
interface OwnTransaction {
  /** When the caller stops waiting, by `performance.now()`. */
  readonly endsAt: number;
  onPublished(published: boolean): void;
}

/** Returns the new versions, in the order of the changes. */
async function writeIn(
  parts: ConfigParts,
  em: EntityManager,
  tenant: string,
  changes: readonly ConfigChange[],
  own?: OwnTransaction,
): Promise<number[]> {
  const { dialect, capture, clock } = parts;
  const at = clock();
  const names = changes.map(({ definition }) => definition.configKey);
  const guard = scopeGuardOf({ parts, tenant, changes, isOwn: own !== undefined });
  await guard?.lock(em);
  const rows = await lockConfigRows(em, dialect, tenant, [...names, ...(guard?.names ?? [])], at);
  // The caller has got its TIMEOUT: a write that is made now could replace a write that another process made since.
  if (own && performance.now() > own.endsAt)
    throw new TenantryError(
      'TIMEOUT',
      'Others held these configs for longer than the write may take: nothing was written.',
    );
  // All checks come before the first write: a caller's transaction may go on after the error.
  const replicated = changes.map(({ definition }) => replicatedOf(parts, definition));
  const writes = changes.map(change => toWrite(change, lockedRow(rows, change.definition.configKey), at));
  await checkQuota(parts, em, tenant, writes, own !== undefined);
  await guard?.check(em, writes, rows);
  await writeConfigRows(parts, em, writes);
  if (own) for (const { definition } of changes) replicatedOf(parts, definition);
  const captured = writes.map(({ row, json }, i): RowChange => {
    const definition = replicated[i] as ReplicatedDefinition;
    const op = json === undefined ? 'delete' : 'update';
    return { definition, recordId: String(row.id), op, tenant: tenantOfText(tenant), before: undefined };
  });
  const entry = await capture.enlist(em, captured);
  if (own) {
    entry.onPublished = own.onPublished;
    entry.publishTimeoutMs = Math.max(...changes.map(({ definition }) => definition.cacheTimeoutMs));
  }
  return writes.map(({ version }) => version);
}

/** Throws `CONFLICT`, `KEY_EXISTS`, `NOT_FOUND`, or the error of a value that cannot be made. */
function toWrite(change: ConfigChange, row: LockedConfig, at: number): ConfigWrite {
  checkConditions(change, row);
  const json = change.next(row);
  const { op, actor, reason, origin, via } = change;
  return {
    row,
    version: row.version + 1,
    json,
    expiresAt: endOf(change, row),
    at,
    via,
    revision: { op, actor, reason, origin },
  };
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
    // In a transaction a write-back is written through: a rollback could not take a write to Redis back.
    policy: definition.writePolicy === 'write-back' ? 'write-through' : definition.writePolicy,
    published,
    persisted: true,
  }));
}
