import type { AnyConfig } from '../definitions/config-definition.ts';
import type { TenantryError } from '../errors/tenantry-error.ts';
import { chainOf, faultOf, type Memberships, type SetValues, settersOf, valueFrom } from './layered-values.ts';

/** What decides the values of one config in all scopes, at one moment. */
export interface LayeredConfig {
  readonly memberships: Memberships;
  readonly values: SetValues;
}

/** The scopes whose effective value the schema takes before a change and refuses after it, and why, for the first of them. */
export interface BrokenScopes {
  readonly scopes: readonly string[];
  readonly fault: TenantryError | undefined;
}

/**
 * The scopes other than `changed` that a change breaks. A tenant that has neither groups nor a value of its own has what the global scope has.
 * Many tenants have the same layers: each combination is looked at once.
 */
export function findBroken(
  config: AnyConfig,
  before: LayeredConfig,
  after: LayeredConfig,
  changed: string,
): BrokenScopes {
  const looked = new Map<string, boolean>();
  const scopes: string[] = [];
  let first: TenantryError | undefined;
  for (const tenant of new Set([...after.memberships.keys(), ...after.values.keys()])) {
    if (tenant === changed) continue;
    const was = settersOf(chainOf(tenant, before.memberships), before.values);
    const is = settersOf(chainOf(tenant, after.memberships), after.values);
    if (!was.includes(changed) && !is.includes(changed) && before.memberships === after.memberships) continue;
    const combination = `${was.join('\n')}\n\n${is.join('\n')}`;
    let isBroken = looked.get(combination);
    if (isBroken === undefined) {
      const fault = faultOf(config, valueFrom(config, is, after.values));
      // What was refused before is not this change's fault.
      isBroken = fault !== undefined && faultOf(config, valueFrom(config, was, before.values)) === undefined;
      looked.set(combination, isBroken);
      if (isBroken) first ??= fault;
    }
    if (isBroken) scopes.push(tenant);
  }
  return { scopes: scopes.sort(), fault: first };
}
