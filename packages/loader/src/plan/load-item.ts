import type { ErrorCode, Scope } from '@tenantry/protocol';

/**
 * What an import does about one config of one scope, or would do:
 *
 * - `create`, `update`: it sets what the file says. `overwrite`: over a value that others have set.
 * - `prune`: it takes away what it has set, and no file says any more.
 * - `same`: the store has that value already.
 * - `kept`: with `seed`, another value is there.
 * - `drift`: with `report`, others have set another value, or taken the value away.
 * - `refused`: the store did not take it; `code` and `message` say why.
 */
export type LoadAction = 'create' | 'update' | 'overwrite' | 'prune' | 'same' | 'kept' | 'drift' | 'refused';

/** What became of one config of one scope. */
export interface LoadItem {
  readonly scope: Scope;
  /** `@groups` for the groups of the scope. */
  readonly config: string;
  /** The file, below the folder. */
  readonly path: string;
  readonly action: LoadAction;
  /** The version that stands afterwards; 0: there is none. Of a dry run: the one that stands now. */
  readonly version: number;
  /** `overwrite`, `kept`, `drift`: who set the value that was found, where that is known. */
  readonly by?: string | undefined;
  /** A write: when the value that was found would have ended, in ms since 1970. What a file says has no end. */
  readonly endLost?: number | undefined;
  readonly code?: ErrorCode | undefined;
  readonly message?: string | undefined;
}

/** The actions that write. */
export const WRITES: ReadonlySet<LoadAction> = new Set(['create', 'update', 'overwrite', 'prune']);
