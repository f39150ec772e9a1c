import { setTimeout } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { checkOptionNames, checkWholeOption, LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import { internalFork } from '../../database/internal-fork.ts';
import { findOwn } from '../../database/own-queries.ts';
import { withinQuery } from '../../database/within-query.ts';
import { Outbox } from '../../tables/outbox.ts';
import { decodeToken } from './commit-tokens.ts';

/** Options of `visible`. */
export interface VisibleOptions {
  /** How long to wait, in ms; then it rejects with `TIMEOUT`. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** What waiting works with. */
export interface UntilVisibleParts {
  readonly orm: MikroORM;
  /** Settles with the publish of a transaction that this process has queued. */
  endOf(transactionId: string): Promise<void> | undefined;
  /** Knows the outbox rows that are in Redis and only wait to be deleted. */
  isPublished(outboxId: number): boolean;
}

const TIMEOUT_MS = 5_000;
const PAUSE_MS = { first: 10, last: 200 };
/** A larger transaction is looked at in parts: what is published of it is deleted. */
const ROWS = 1_000;

/**
 * Resolves once nothing of these commits is left to publish. Only the outbox knows that of a commit of any process: a row that is in Redis
 * is deleted from it. `NOT_PUBLISHED` where a row is dead, `TIMEOUT`.
 */
export async function untilVisible(
  parts: UntilVisibleParts,
  token: string,
  options: VisibleOptions = {},
): Promise<void> {
  checkOptionNames('visible', options, ['timeoutMs']);
  checkWholeOption('timeoutMs', options.timeoutMs, 1, LONGEST_TIMER_MS);
  const ids = decodeToken(token);
  await withinQuery(options.timeoutMs ?? TIMEOUT_MS, 'Waiting until a commit is in Redis', signal =>
    look(parts, ids, signal),
  );
}

async function look(parts: UntilVisibleParts, ids: readonly string[], signal: AbortSignal): Promise<void> {
  for (let left = ids, pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.last)) {
    // Nothing comes of a look before. What came of the publish, only the outbox tells: a relay may have given up on it meanwhile.
    await Promise.all(left.map(id => parts.endOf(id)));
    signal.throwIfAborted();
    if (left.length > 0) left = await unpublished(parts, left, signal);
    if (left.length === 0) return;
    await setTimeout(pauseMs, undefined, { signal });
  }
}

/** Those of the transactions that have rows which are not published yet. */
async function unpublished(
  { orm, isPublished }: UntilVisibleParts,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const fields = ['transactionId', 'availableAt'];
  const where = { transactionId: { $in: [...ids] } };
  const rows = await findOwn(internalFork(orm, signal), Outbox, where, { fields, limit: ROWS });
  const dead = rows.filter(({ availableAt }) => availableAt === null).map(({ id }) => Number(id));
  if (dead.length > 0) throw notPublished(dead);
  const waiting = rows.length === ROWS ? rows : rows.filter(({ id }) => !isPublished(Number(id)));
  return [...new Set(waiting.map(({ transactionId }) => transactionId))];
}

function notPublished(deadRows: readonly number[]): TenantryError {
  return new TenantryError(
    'NOT_PUBLISHED',
    `${deadRows.length} of the changes cannot be published: readers keep the state before them. \`deadRows()\` says why; after \`retryDeadRows()\` wait again.`,
    { details: { deadRows } },
  );
}
