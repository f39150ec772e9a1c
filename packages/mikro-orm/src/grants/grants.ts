import { TenantryError } from '@tenantry/protocol';
import type { Identity } from '../configs/identity.ts';
import type { AnyOrm } from '../database/any-orm.ts';
import type { Page, PageOptions } from '../paging/page.ts';
import type { Grant, GrantScope, NewGrant } from './grant.ts';

/** Options of `give` and `take`. */
export interface GrantOptions {
  /** Who gives or takes it. Default: the identity of the `runAs` around the call. */
  readonly identity?: Identity | undefined;
  /**
   * Whether it may be, decided in the transaction of the change by all grants that hold: until the commit no other process can give or take
   * one. Anything but `true` is `NOT_ALLOWED`, and nothing is written. It may be called more than once. Default: it may.
   */
  readonly allowed?: ((all: readonly Grant[]) => boolean) | undefined;
}

/** Options of `list`. */
export interface GrantListOptions extends PageOptions {
  /** Only those of exactly this one. */
  readonly who?: string | undefined;
  /** Only those with exactly this scope. */
  readonly scope?: GrantScope | undefined;
}

/**
 * Rights, as rows. Each change has a row of the audit log in its transaction, and is told to every process that follows the config of
 * `defineGrants` (`@tenantry/protocol/internal`) in the global scope: `@tenantry/admin` does. Redis has a count of changes and no grant. Every
 * method reads the primary, and rejects with `INVALID_OPTION`, `TABLES_MISSING`, `TIMEOUT` after 10 s, `UNAVAILABLE`.
 */
export interface Grants {
  /**
   * Gives a right, and answers it. The same grant again is the one that there is, and changes nothing. `INVALID_GROUP`, `INVALID_TENANT`,
   * `NOT_ALLOWED`.
   */
  give(grant: NewGrant, options?: GrantOptions): Promise<Grant>;
  /** Takes a right away, and answers it; undefined: there is none with this id. `NOT_ALLOWED`. */
  take(id: number, options?: GrantOptions): Promise<Grant | undefined>;
  /** The grants in the order in which they were given, those that have ended too, page by page. `INVALID_CURSOR` for another list's cursor. */
  list(options?: GrantListOptions): Promise<Page<Grant>>;
  /** All grants that hold now. One with an `expiresAt` ends without anything being told. */
  all(): Promise<readonly Grant[]>;
}

/** The name under which the grants are kept in the ORM's configuration. */
export const GRANTS_EXTENSION = '@tenantry/mikro-orm/grants';

/** The grants of an ORM that was started with `tenantry({ admin: true })`; `NOT_REGISTERED` without it. */
export function grants(orm: AnyOrm): Grants {
  const handle = orm.config.getExtension(GRANTS_EXTENSION) as Grants | undefined;
  if (handle) return handle;
  throw new TenantryError(
    'NOT_REGISTERED',
    'This ORM has no grants: add `admin: true` to the options of its `tenantry` extension.',
  );
}
