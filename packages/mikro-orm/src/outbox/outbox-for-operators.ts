import type { MikroORM } from '@mikro-orm/core';
import { withoutValues } from '@tenantry/protocol/internal';
import { withinQuery } from '../database/within-query.ts';
import { countBacklog, oldestWaiting } from './count-backlog.ts';
import type { OutboxDeadLetters } from './dead-letters.ts';

const LOOK_MS = 5_000;
/** All dead rows in one transaction: there may be many. */
const CHANGE_MS = 30_000;

/** What operators ask of the outbox, each within its time: `TIMEOUT`, and `UNAVAILABLE` where the database fails. */
export function outboxForOperators(orm: MikroORM, deadLetters: OutboxDeadLetters, sources: () => readonly string[]) {
  return {
    deadRows: (limit = 100) => asked(LOOK_MS, 'Listing dead rows', signal => deadLetters.list(limit, signal)),
    retryDeadRows: (ids?: readonly number[]) =>
      asked(CHANGE_MS, 'Retrying dead rows', signal => deadLetters.retry(ids, signal)),
    discardDeadRows: (ids?: readonly number[]) =>
      asked(CHANGE_MS, 'Discarding dead rows', signal => deadLetters.discard(ids, signal)),
    backlog: () => asked(LOOK_MS, 'Counting what waits', signal => countBacklog(orm, sources(), signal)),
    oldestWaiting: () => asked(LOOK_MS, 'Looking for the oldest change', signal => oldestWaiting(orm, signal)),
  };
}

function asked<T>(budgetMs: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withinQuery(budgetMs, what, work).catch(error => Promise.reject(withoutValues(error, what, 'try again')));
}
