import type { MikroORM } from '@mikro-orm/core';

/** Whether the application has connected, and not closed. A query of ours on any other ORM would connect, and keep the process alive. */
export function isConnected(orm: MikroORM): boolean {
  return (orm.driver.getConnection() as unknown as { readonly connected: boolean }).connected;
}
