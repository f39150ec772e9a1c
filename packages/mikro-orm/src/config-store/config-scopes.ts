import type { Scope } from '@tenantry/protocol';
import type { WriteOptions, WriteResult } from '../configs/write-options.ts';
import type { Page, PageOptions } from '../paging/page.ts';

/** Options of a change of groups. */
export type GroupOptions = Omit<WriteOptions, 'expiresAt'>;

/** Options of `groups`: which groups the list has. */
export interface GroupsOptions extends PageOptions {
  /** Only groups whose name begins with these characters; none of them is a wildcard. Default: all. */
  readonly prefix?: string | undefined;
}

/**
 * Which groups tenants and groups are in. A tenant inherits from its groups in their order, then from the groups of those; a group that is
 * reached over several ways comes after each group that is in it. Changes are replicated, and kept in a history, as values of configs are.
 *
 * Every change is checked in its transaction, and nothing is written with `INVALID_GROUP`, `INVALID_VALUE` (more than 32 groups, one of them
 * twice, or a config that would be broken), `UNKNOWN_GROUP`, `GROUP_CYCLE`, `GROUPS_TOO_DEEP` (more than eight groups above each other),
 * `BREAKS_BELOW`, `CONFLICT` (`ifVersion`), `NOT_REGISTERED` without the option `configs`. Budgets: 30 s, of which publishing takes at most
 * 1 s.
 */
export interface ConfigScopes {
  /** The groups of a tenant, in order of precedence; none for a tenant that nobody has put into a group. */
  get(tenant: string | number | bigint): Promise<readonly string[]>;
  /** Puts a tenant into these groups and no others, in order of precedence. */
  set(tenant: string | number | bigint, groups: readonly string[], options?: GroupOptions): Promise<WriteResult>;
  /** The groups that a group is in; undefined: there is no such group. */
  getGroup(name: string): Promise<readonly string[] | undefined>;
  /** Makes a group, or puts it into these groups and no others. */
  setGroup(name: string, groups?: readonly string[], options?: GroupOptions): Promise<WriteResult>;
  /** Deletes a group. `GROUP_IN_USE` while tenants or groups are in it, or configs are set in it; `NOT_FOUND`: there is no such group. */
  deleteGroup(name: string, options?: GroupOptions): Promise<WriteResult>;
  /** All groups, by name in the order of bytes. */
  groups(options?: GroupsOptions): Promise<Page<string>>;
  /** The scopes that are in a group, groups before tenants. The database looks through the groups of all scopes. */
  members(group: string, options?: PageOptions): Promise<Page<Scope>>;
}
