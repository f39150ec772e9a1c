import type { IDatabaseDriver, Transaction } from '@mikro-orm/core';
import { within } from '@tenantry/redis';
import { dialectOf } from './dialect.ts';

/** What MikroORM is told with a query, so that the signal ends it in the database, too. */
export interface CancelOptions {
  readonly signal: AbortSignal;
  readonly inflightQueryAbortStrategy: 'cancel query';
}

/**
 * `within` for queries. At the end of the budget it also aborts the signal: the statement under way is cancelled in the database, no
 * other follows it, and a transaction of ours is rolled back. Otherwise each call that gave up would leave a connection of the pool,
 * and the locks that it holds, to a statement for which nobody waits. A COMMIT that is under way goes on: whether it was made is
 * then not known.
 */
export async function withinQuery<T>(
  budgetMs: number,
  what: string,
  query: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  try {
    return await within(budgetMs, what, query(over.signal));
  } catch (error) {
    // Where the query failed by itself, there is nothing left to cancel.
    over.abort(error);
    throw error;
  }
}

/**
 * The options of a query that ends with the signal, in this transaction if there is one. Undefined where the query would go on in any
 * case. While nothing is aborted they cost no round trip: the server has named the connection at its start.
 */
export function cancelledBy(
  driver: IDatabaseDriver,
  signal: AbortSignal | undefined,
  outer?: Transaction,
): CancelOptions | undefined {
  if (!signal || !canCancel(driver)) return undefined;
  const { cancelEnds } = dialectOf(driver);
  // A caller who goes on after the error would see the commit succeed, and nothing of the transaction in the database.
  const isSafe = cancelEnds === 'statement' || (cancelEnds === 'transaction' && outer === undefined);
  return isSafe ? { signal, inflightQueryAbortStrategy: 'cancel query' } : undefined;
}

/** What of a connection says so. */
interface Cancelling {
  readonly options: { readonly driverOptions?: unknown };
  /** Since MikroORM 7.1.10, and in its published drivers for MySQL and MariaDB since 7.1.11. Before, a rollback overtook the cancelling, which asked the pool for a connection besides. */
  waitForIdleTransaction?(): unknown;
}

/** A Kysely or a dialect that the application brings may know no way to cancel, and then refuses every query that comes with a signal. */
function canCancel(driver: IDatabaseDriver): boolean {
  const { options, waitForIdleTransaction } = driver.getConnection('write') as unknown as Cancelling;
  if (!waitForIdleTransaction) return false;
  const given = options.driverOptions ?? driver.config.get('driverOptions') ?? {};
  return typeof given === 'object' && !('createDriver' in given || 'executeQuery' in given);
}
