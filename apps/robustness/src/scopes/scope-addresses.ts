import { TENANTS } from '../traffic/addresses.ts';

/** Those who may share groups. Nobody of one side is ever put into a group of the other. */
export interface Side {
  readonly tenants: readonly string[];
  readonly groups: readonly string[];
}

/** Tenants that are called as groups and scopes are called in Redis, in columns and for people. */
export const SIDES: readonly [Side, Side] = [
  { tenants: [TENANTS[0], TENANTS[4], '@group:eu'], groups: ['eu', 'eu/de', 'emea', 'enterprise', 'a.b'] },
  { tenants: [TENANTS[2], '@global', 'eu'], groups: ['test', 'global', 'acme'] },
];

export const SCOPED_TENANTS: readonly string[] = SIDES.flatMap(({ tenants }) => tenants);
export const GROUPS: readonly string[] = SIDES.flatMap(({ groups }) => groups);

/** As the columns of the database have it: a blank before a group's name, and a name for all. */
export const GLOBAL_TEXT = ' @global';

/** A scope's name for people, from a column's text. Written out here: what checks scopes must not share the product's way of naming them. */
export function scopeOfText(tenant: string): string {
  if (tenant === GLOBAL_TEXT) return 'global';
  return tenant.startsWith(' ') ? `groups/${tenant.slice(1)}` : `tenants/${tenant}`;
}
