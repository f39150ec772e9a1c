import type { Connection, MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';

const closed = new WeakSet<Connection>();
/** Those whose close is under way. */
const closing = new WeakSet<Connection>();

/** Whether the application has connected, and not closed. A query of ours on any other ORM would connect, and keep the process alive. */
export function isConnected(orm: MikroORM): boolean {
  const connection = orm.driver.getConnection('write');
  return hasClient(connection) && !closing.has(connection);
}

/** From the application's `orm.close()` on, `refuseClosed` refuses. */
export function noticeClose(orm: MikroORM): void {
  const close = orm.close.bind(orm);
  orm.close = async (...args) => {
    const connection = orm.driver.getConnection('write');
    closed.add(connection);
    closing.add(connection);
    try {
      await close(...args);
    } finally {
      closing.delete(connection);
    }
  };
}

/**
 * Throws `CLOSED` where the application has closed its ORM, and not connected it again: MikroORM would connect by itself for the next
 * step of what is under way, and nobody would ever close that.
 */
export function refuseClosed(connection: Connection): void {
  // What begins while the pool is being closed would get as far as the database only after that.
  if (closing.has(connection) || (closed.has(connection) && !hasClient(connection)))
    throw new TenantryError('CLOSED', 'The ORM is closed: the database can be asked nothing any more.');
}

function hasClient(connection: Connection): boolean {
  return (connection as unknown as { readonly connected: boolean }).connected;
}
