import { setTimeout as wait } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/core';
import type { Dialect } from '../../database/dialect.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { findOwn, selectOwn } from '../../database/own-queries.ts';
import { ownTable } from '../../database/own-table.ts';
import { withinQuery } from '../../database/within-query.ts';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import { deleteOutboxRows } from '../../outbox/acknowledger.ts';
import { firstRows, recordsOf, sourcesOf } from '../../outbox/record-list.ts';
import type { Publisher } from '../../publish/publisher.ts';
import { notDead, Outbox } from '../../tables/outbox.ts';

/** What draining works with. */
export interface DrainParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly publisher: Publisher;
  readonly registry: DefinitionRegistry;
}

const LOOK_EVERY_MS = 100;
const BATCH = 500;
/** A row may name many records. */
const CHANGES = 1_000;
const PUBLISH_MS = 10_000;

/**
 * Waits for every transaction that drew an id below this one, then publishes what they left in the outbox, and takes it out.
 * Redis may refuse it as old. With nothing under way any more, an audit that looks later sees that, and mends it:
 *
 *   writer:  UPDATE row, outbox id 50                          COMMIT    publish as 50: refused, Redis has 81
 *   resync:                            raise ids to 1,000                                                     look at the row
 *
 * `goesOn` is asked before each step.
 */
export async function drainOutboxBelow(
  parts: DrainParts,
  below: number,
  goesOn: () => Promise<boolean>,
): Promise<void> {
  const areOver = await createOverCheck(parts, below);
  while ((await goesOn()) && !(await areOver())) await wait(LOOK_EVERY_MS);
  const { orm, dialect, publisher, registry } = parts;
  const sources = sourcesOf(registry);
  let after = 0;
  while (await goesOn()) {
    const left = { id: { $gt: after, $lt: below }, ...notDead(), definition: { $in: sources } };
    const some = { fields: ['id', 'transactionId', 'definition', 'recordId'], orderBy: { id: 'asc' }, limit: BATCH };
    const found = await findOwn(internalFork(orm), Outbox, left, some);
    const rows = firstRows(found, CHANGES, recordsOf);
    if (rows.length > 0) {
      const ids = [...new Set(rows.map(row => row.transactionId))];
      const publish = <T>(work: (signal: AbortSignal) => Promise<T>) =>
        withinQuery(PUBLISH_MS, 'Publishing a batch', work);
      const whole = await publish(signal => publisher.publishTransactions(ids, signal));
      // Too many for one step: these alone, as the relay does.
      const alone = rows.map(({ id }) => Number(id));
      const { done, error } = whole ?? (await publish(signal => publisher.publishRows(alone, signal)));
      await deleteOutboxRows(orm, dialect, [...done]);
      if (error !== undefined) throw error;
    }
    if (found.length < BATCH && rows.length === found.length) return;
    after = Number(rows.at(-1)?.id);
  }
}

/** Answers whether nobody has a row of the outbox below this id any more that others do not see yet. */
async function createOverCheck({ orm, dialect }: DrainParts, below: number): Promise<() => Promise<boolean>> {
  if (!dialect.supportsRowLocks) return async () => true;
  const { transactions } = dialect;
  if (!transactions) return () => canLock(orm, dialect, below);
  const ask = <Row>(sql: string, params: unknown[]) => selectOwn<Row>(internalFork(orm), sql, params);
  const [found] = await ask<{ next: string }>(transactions.next, []);
  return async () => (await ask<{ over: boolean }>(transactions.areOver, [found?.next]))[0]?.over ?? false;
}

async function canLock(orm: MikroORM, dialect: Dialect, below: number): Promise<boolean> {
  const sql = `select count(*) as n from (select id from ${ownTable(orm, 'outbox')} where id < ? for update nowait) t`;
  try {
    await internalFork(orm).transactional(
      em => selectOwn(em, sql, [below], em.getTransactionContext()),
      // At the default level it would lock what comes after the last of them, too, and hold up whoever writes.
      dialect.readCommitted,
    );
    return true;
  } catch (error) {
    if (dialect.rowLockedErrors.includes((error as { errno?: unknown }).errno)) return false;
    throw error;
  }
}
