import type { EntityManager } from '@mikro-orm/core';
import type { ConfigChange } from '../configs/config-change.ts';
import type { ConfigParts } from '../configs/config-parts.ts';
import type { ConfigWrite, LockedConfig } from '../configs/config-rows.ts';

/** What a write depends on in other scopes than its own. Part of the write's transaction. */
export interface ScopeGuard {
  /** Rows of the write's own scope that are locked with those of the write. */
  readonly names: readonly string[];
  /** Locks what goes before those rows. */
  lock(em: EntityManager): Promise<void>;
  /** Throws the typed error of a write that may not be, before anything is written. `rows`: those that are locked, by name. */
  check(em: EntityManager, writes: readonly ConfigWrite[], rows: ReadonlyMap<string, LockedConfig>): Promise<void>;
}

/** All that a guard needs to know of a write. */
export interface GuardedWrite {
  readonly parts: ConfigParts;
  /** The scope, as text of a column. */
  readonly tenant: string;
  readonly changes: readonly Pick<ConfigChange, 'definition'>[];
  /** The transaction is the write's own: each of its reads sees what is committed. */
  readonly isOwn: boolean;
}
