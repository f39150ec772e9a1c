import { setTimeout } from 'node:timers/promises';
import { DeadlockException, type EntityManager, LockWaitTimeoutException, type MikroORM } from '@mikro-orm/core';
import { pauseAfter } from '@tenantry/protocol/internal';
import type { Dialect } from './dialect.ts';
import { internalFork } from './internal-fork.ts';

const ATTEMPTS = 8;
/** Half random: those that met in a deadlock would meet again. */
const PAUSES = { firstMs: 4, lastMs: 200, random: Math.random } as const;

/**
 * Runs one transaction of our own at READ COMMITTED. After a deadlock or a lock timeout the database has rolled it back, and
 * the same work succeeds once the other transaction is over: it is tried up to eight times, with longer and longer pauses. `work` may run more than once. Once the
 * signal is aborted no statement follows, and no COMMIT.
 */
export async function retryTransaction<T>(
  orm: MikroORM,
  { readCommitted }: Dialect,
  work: (em: EntityManager) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const untilAborted = async (em: EntityManager) => {
    const result = await work(em);
    signal?.throwIfAborted();
    return result;
  };
  for (let attempt = 1; ; attempt++) {
    try {
      signal?.throwIfAborted();
      return await internalFork(orm, signal).transactional(untilAborted, readCommitted);
    } catch (error) {
      if (attempt === ATTEMPTS || !mayPass(orm, error)) throw error;
      await setTimeout(pauseAfter(attempt, PAUSES));
    }
  }
}

/** A statement that goes to the connection itself fails with the database's own error, which MikroORM has not looked at. */
function mayPass(orm: MikroORM, error: unknown): boolean {
  const known = error instanceof Error ? orm.driver.convertException(error) : error;
  return known instanceof DeadlockException || known instanceof LockWaitTimeoutException;
}
