import type { AnyConfig } from '../definitions/config-definition.ts';
import { TenantryError } from '../errors/tenantry-error.ts';
import { scopeOf } from '../wire/scope.ts';
import { findBroken, type LayeredConfig } from './find-broken.ts';

/** How many tenants and groups an error names. */
const NAMED = 10;

/** `BREAKS_BELOW` if the schema refuses what other scopes have after a change of `tenant`, and took what they had before. */
export function checkBroken(config: AnyConfig, before: LayeredConfig, after: LayeredConfig, tenant: string): void {
  const broken = findBroken(config, before, after, tenant);
  if (broken.scopes.length === 0) return;
  const scopes = broken.scopes.slice(0, NAMED).map(scopeOf);
  throw new TenantryError(
    'BREAKS_BELOW',
    `"${config.name}": after this change of "${scopeOf(tenant)}" its schema would refuse the values of other scopes, ${broken.scopes.length} in all: ${scopes.join(', ')}${scopes.length < broken.scopes.length ? ' …' : ''}. Nothing was written. ${broken.fault?.message}`,
    { details: { scopes, issues: broken.fault?.details.issues ?? [] } },
  );
}
