import { SIDES } from '../scopes/scope-addresses.ts';

/** A scope that files speak of, with its folder as the guide spells it. */
export interface FilePlace {
  readonly scope: string;
  readonly folder: string;
  /** True: there is always a file. Where there is none at all, nothing is taken away. */
  readonly lasts?: boolean;
  /** The groups that its file may put it in; undefined: its groups are none of the files'. */
  readonly groups?: readonly string[];
}

/** Groups and a tenant that the files alone speak of. */
export const FILED_GROUPS = ['filed', 'filed/2'] as const;
export const FILED_TENANT = 'filed';

// Never the global scope: nobody ever unsets that, and files go.
export const FILE_PLACES: readonly FilePlace[] = [
  { scope: 'groups/eu', folder: 'groups/eu' },
  { scope: 'groups/eu/de', folder: 'groups/eu%2Fde' },
  { scope: 'groups/test', folder: 'groups/test' },
  { scope: `tenants/${SIDES[0].tenants[0]}`, folder: 'tenants/acme' },
  { scope: 'tenants/@group:eu', folder: 'tenants/%40group%3Aeu' },
  { scope: 'tenants/@global', folder: 'tenants/%40global' },
  { scope: 'tenants/eu', folder: 'tenants/eu' },
  // Before the tenant that is in them, and for good: a group that is still used cannot be deleted.
  ...FILED_GROUPS.map(group => ({ scope: `groups/${group}`, folder: `groups/${group.replace('/', '%2F')}` })),
  { scope: `tenants/${FILED_TENANT}`, folder: `tenants/${FILED_TENANT}`, lasts: true, groups: FILED_GROUPS },
];

/** What the loader waits for a scope's files to be quiet. */
export const SETTLE_MS = 150;
