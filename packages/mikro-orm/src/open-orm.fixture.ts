import type { Options } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/mariadb';
import type { FreshDatabase } from '@tenantry/testing';

// All that a process of its own needs of a system. Each driver is loaded where it is used: all four are a quarter of a process's start.

/** Whichever driver it has. */
export type TestORM = MikroORM;

/** The driver follows the server that the runner started. */
export async function openOrm({ url, kind }: FreshDatabase, options: Partial<Options>): Promise<TestORM> {
  const driver = await (kind === 'mariadb'
    ? import('@mikro-orm/mariadb')
    : kind === 'mysql'
      ? import('@mikro-orm/mysql')
      : import('@mikro-orm/postgresql'));
  // Nothing is prepared here, and every connection comes with room for 16,000 such statements, which is most of its price.
  const driverOptions = { ...(kind === 'postgresql' ? {} : { maxPreparedStatements: 1 }), ...options.driverOptions };
  return open(driver.MikroORM, { clientUrl: url, pool: { min: 0, max: 10 }, ...options, driverOptions });
}

/** A database in memory. */
export async function openSqlite(options: Partial<Options>): Promise<TestORM> {
  const driver = await import('@mikro-orm/sqlite');
  return open(driver.MikroORM, { dbName: ':memory:', ...options });
}

function open(driver: { init(options: never): Promise<unknown> }, options: Partial<Options>): Promise<TestORM> {
  return driver.init(options as never) as Promise<TestORM>;
}
