import type { Scope } from '@tenantry/protocol';
import type { Verb } from './verbs.ts';

/** What a grant is for: one scope, all groups, all tenants, the installation itself, or everything. */
export type GrantScope = Scope | 'groups/*' | 'tenants/*' | 'installation' | '*';

/** What a call is about: a scope, or the installation itself (its tables, queues, readers and rights). */
export type Target = Scope | 'installation';

/** That somebody may do something. A row of `tenantry_grant`. */
export interface Grant {
  readonly id: string;
  /** `user:<id>`, `group:<name>`, or `*`: anybody who is signed in. */
  readonly who: string;
  readonly verbs: readonly Verb[];
  readonly scope: GrantScope;
  /** The name of a config, a beginning of names with `*` behind it, or `*`. */
  readonly config: string;
  /** ms since 1970; undefined: never. */
  readonly expiresAt?: number | undefined;
  /** ms since 1970. */
  readonly createdAt: number;
  readonly createdBy: string;
}

/** Who calls. */
export interface Principal {
  /** As in the audit log: `ann`. Grants name it `user:ann`. */
  readonly id: string;
  /** As the identity provider says them. Grants name them `group:<name>`. */
  readonly groups: readonly string[];
  /** For people; default the id. */
  readonly name?: string | undefined;
  /** The identity provider did not say all of the groups, and said so. */
  readonly missesGroups?: true | undefined;
  /** When the sign-in is over, in ms since 1970: what is answered for long, streams and exports, ends then. Default: nobody knows. */
  readonly until?: number | undefined;
}

/** Whether the sign-in of a caller is over. `now` is in ms since 1970. */
export function isOver({ until = Number.POSITIVE_INFINITY }: Principal, now: number): boolean {
  return until <= now;
}
