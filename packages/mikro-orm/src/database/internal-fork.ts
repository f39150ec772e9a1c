import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { refuseClosed } from './connection-state.ts';

// Forks inherit it, so those that `em.transactional` makes have it too.
const MARK = 'tenantryOwnWork';

/**
 * For work of our own, which changes no replicated table: where triggers capture, nobody announces its transactions or looks for
 * their changes. While one publishes, that would take a third connection from the pool.
 *
 * It is made from the ORM, not from the request or the transaction around the call: their schema, their role in the database and
 * their signal are about the application's queries, and an aborted request must not end a publish. Throws `CLOSED` after `orm.close()`.
 */
export function internalFork(orm: MikroORM): EntityManager {
  refuseClosed(orm.driver.getConnection('write'));
  const em = orm.em.fork({ disableContextResolution: true, loggerContext: { [MARK]: true } });
  em.schema = undefined;
  if (em.getSessionContext?.()) em.clearSessionContext();
  return em;
}

export function isInternal(em: EntityManager): boolean {
  return em.getLoggerContext<Record<string, unknown>>()[MARK] === true;
}
