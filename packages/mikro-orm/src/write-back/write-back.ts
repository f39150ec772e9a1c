import { TenantryError } from '@tenantry/protocol';
import type { AnyOrm } from '../database/any-orm.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { FlushResult } from './flusher.ts';

/**
 * The write-backs of all tenants, for workers and operators: the values that Redis has and the database does not have yet.
 * Every method but `close` waits for a connection to Redis that is being made. It rejects with `UNAVAILABLE` if the connection is lost,
 * or if Redis or the database fails. None has a budget of its own.
 */
export interface WriteBack {
  /**
   * Brings every dirty value into the database, of one tenant or of all. Rejects with `UNAVAILABLE` or `TIMEOUT` at the
   * first tenant that fails; a value that was not flushed stays dirty, and the next flush tries it again. Other flushes at
   * the same time do no harm.
   */
  flush(tenant?: string): Promise<FlushResult>;
  /**
   * The tenants that are known to have dirty values, the tenant that waits longest first. It is a hint and may lack some:
   * `flush()` and `findDirtyTenants()` find all. `limit`: at most so many, default 1,000. `unflushedMs`: only tenants that
   * were not flushed for so long, default 0.
   */
  dirtyTenants(options?: { readonly limit?: number; readonly unflushedMs?: number }): Promise<readonly string[]>;
  /**
   * Searches all of Redis for tenants with dirty values, so that `dirtyTenants` knows them. Returns their number. The cost
   * grows with the number of keys in Redis.
   */
  findDirtyTenants(): Promise<number>;
  /**
   * How many tenants are known to have dirty values, and since when the first of them waits to be looked at, by Redis's clock. As
   * `dirtyTenants` it is a hint, and it costs Redis no more for many of them.
   */
  waiting(): Promise<{ readonly tenants: number; readonly since: Date | undefined }>;
  /** The number of a tenant's configs that are dirty. */
  dirtyCount(tenant: string): Promise<number>;
  /** The writes that the database refused for good, at most `limit` of them, in no particular order. Default 100. */
  deadLetters(limit?: number): Promise<DeadLetter[]>;
  /**
   * Gives dead letters to the next flush; without ids, all of them. Returns their number. A letter with a newer write of
   * the same config is forgotten instead, and not counted.
   */
  retryDeadLetters(ids?: readonly string[]): Promise<number>;
  /**
   * Gives dead letters up; without ids, all of them. Readers get the database's value again, as a new version. Returns the
   * number of letters. Nothing tells the writer of a discarded value.
   */
  discardDeadLetters(ids?: readonly string[]): Promise<number>;
  /**
   * Closes the connections to Redis that the write-back has opened by itself; the application's stays open. An application
   * that ends its own connection need not call it: they end with that one, and keep no process alive.
   */
  close(): void;
}

/** The name under which the write-back is kept in the ORM's configuration. */
export const WRITE_BACK_NAME = '@tenantry/mikro-orm/write-back';

/** The write-back of an ORM that was started with the `tenantry` extension, for workers and operators; `NOT_REGISTERED` without it. */
export function writeBack(orm: AnyOrm): WriteBack {
  const found = orm.config.getExtension(WRITE_BACK_NAME) as WriteBack | undefined;
  if (found) return found;
  throw new TenantryError(
    'NOT_REGISTERED',
    'This ORM was started without Tenantry: add `extensions: [tenantry({ redis, configs })]` to its options.',
  );
}
