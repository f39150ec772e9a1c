import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { refuseClosed } from './connection-state.ts';
import { type CancelOptions, cancelledBy } from './within-query.ts';

// Forks inherit it, so those that `em.transactional` makes have it too.
const MARK = 'tenantryOwnWork';

/**
 * For work of our own, which changes no replicated table: where triggers capture, nobody announces its transactions or looks for
 * their changes. While one publishes, that would take a third connection from the pool.
 *
 * It is made from the ORM, not from the request or the transaction around the call: their schema, their role in the database and
 * their signal are about the application's queries, and an aborted request must not end a publish. With `signal`, that one cancels what the
 * fork and its transactions ask. Throws `CLOSED` after `orm.close()`.
 */
export function internalFork(orm: MikroORM, signal?: AbortSignal): EntityManager {
  refuseClosed(orm.driver.getConnection('write'));
  const ours = { disableContextResolution: true, loggerContext: { [MARK]: true } };
  const em = orm.em.fork({ ...ours, ...cancelledBy(orm.driver, signal) });
  em.schema = undefined;
  if (em.getSessionContext?.()) em.clearSessionContext();
  return em;
}

export function isInternal(em: EntityManager): boolean {
  return em.getLoggerContext<Record<string, unknown>>()[MARK] === true;
}

/** What cancels the queries of a fork of ours. MikroORM takes it from a fork only for the queries that go through the entity manager. */
export function cancellingOf(em: object): CancelOptions | undefined {
  const options = (em as Cancelled).getAbortOptions?.();
  return options && isInternal(em as EntityManager) ? options : undefined;
}

/** MikroORM has it since 7.1, and keeps it out of its types. */
interface Cancelled {
  getAbortOptions?(): CancelOptions | undefined;
}
