import type { EntityManager, MikroORM } from '@mikro-orm/core';

// Forks inherit it, so those that `em.transactional` makes have it too.
const MARK = 'tenantryOwnWork';

/**
 * For transactions that change no replicated table: where triggers capture, nobody announces them or looks for their
 * changes. While one publishes, that would take a third connection from the pool.
 */
export function internalFork(orm: MikroORM): EntityManager {
  return orm.em.fork({ loggerContext: { [MARK]: true } });
}

export function isInternal(em: EntityManager): boolean {
  return em.getLoggerContext<Record<string, unknown>>()[MARK] === true;
}
