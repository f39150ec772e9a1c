import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { GLOBAL_TENANT, type Tenant, tenantId } from './tenant-id.ts';

/**
 * Where a config can be set, as text for people and programs: for every tenant, for the tenants of a group, or for one tenant. The folders of
 * configuration files have the same names.
 */
export type Scope = 'global' | `groups/${string}` | `tenants/${string}`;

// Feed, replica, outbox, history and audit know tenants and nothing else, so each scope is one of them: the global scope is the global
// tenant, and a group is a tenant whose id begins with a blank, which no tenant's id does.

const MAX_GROUP = 120;
const GROUP = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** The global tenant's id in a column of text. No group is called so: their names begin with a letter or a digit. */
const GLOBAL_TEXT = ' @global';

/** The tenant that a group is. `INVALID_GROUP` for what is no group's name. */
export function groupTenant(name: unknown): string {
  if (typeof name === 'string' && name.length <= MAX_GROUP && GROUP.test(name)) return ` ${name}`;
  throw new TenantryError(
    'INVALID_GROUP',
    `The name of a group must be 1 to ${MAX_GROUP} characters of A–Z a–z 0–9 . _ - in parts separated by "/", each part ` +
      `beginning with a letter or digit, got ${describeArrived(name)}.`,
  );
}

/** The name of the group that a tenant is; undefined where it is none. */
export function groupOf(tenant: Tenant): string | undefined {
  return typeof tenant === 'string' && tenant.startsWith(' ') && tenant !== GLOBAL_TEXT ? tenant.slice(1) : undefined;
}

/** Whether it is a tenant of the application, and neither a group nor the global one. */
export function isOwnTenant(tenant: Tenant): tenant is string {
  return typeof tenant === 'string' && !tenant.startsWith(' ');
}

/** The tenant as text, for a column: `tenantOfText` gives it back. */
export function tenantText(tenant: Tenant): string {
  return tenant === GLOBAL_TENANT ? GLOBAL_TEXT : tenant;
}

/** The tenant of such a text. The config store wrote the column, and checked it then. */
export function tenantOfText(text: string): Tenant {
  return text === GLOBAL_TEXT ? GLOBAL_TENANT : text;
}

/** Before every tenant's text and after that of every other scope, where text is ordered by its bytes. */
export const FIRST_TENANT_TEXT = '!';

/** The scope that a tenant is. */
export function scopeOf(tenant: Tenant): Scope {
  if (tenant === GLOBAL_TENANT || tenant === GLOBAL_TEXT) return 'global';
  const group = groupOf(tenant);
  return group === undefined ? `tenants/${tenant}` : `groups/${group}`;
}

/** The tenant that a scope is. `INVALID_OPTION` for what is no scope, `INVALID_GROUP` and `INVALID_TENANT` for a bad name. */
export function tenantOfScope(scope: unknown): Tenant {
  if (scope === 'global') return GLOBAL_TENANT;
  const [, kind, name] = (typeof scope === 'string' && /^(groups|tenants)\/(.*)$/s.exec(scope)) || [];
  if (kind === 'groups') return groupTenant(name);
  if (kind === 'tenants') return tenantId(name);
  throw new TenantryError(
    'INVALID_OPTION',
    `A scope must be "global", "groups/<name>" or "tenants/<id>", got ${describeArrived(scope)}.`,
  );
}
