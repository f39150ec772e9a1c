import type { AnyConfig } from '../definitions/config-definition.ts';
import { parseConfigValue } from '../definitions/config-value.ts';
import type { TenantryError } from '../errors/tenantry-error.ts';
import { scopeOf, tenantOfText, tenantText } from '../wire/scope.ts';
import { effectiveValue, type Layer } from './resolve-layers.ts';
import { scopeChain } from './scope-chain.ts';

/** The groups that tenants and groups are in, by their text. A group that does not exist is left out. */
export type Memberships = ReadonlyMap<string, readonly string[]>;

/** What is set where: the value of one config in each scope that has one, as JSON text, by the text of the scope. */
export type SetValues = ReadonlyMap<string, string>;

/** The scopes of a tenant, as texts of a column, the nearest first. The memberships have neither a cycle nor too many levels. */
export function chainOf(tenant: string, memberships: Memberships): readonly string[] {
  const { tenants } = scopeChain(tenantOfText(tenant), above => memberships.get(tenantText(above)));
  return tenants?.map(tenantText) ?? [tenant];
}

/** The chains of these memberships, each made once: many configs are looked at with the same. */
export interface Chains {
  readonly memberships: Memberships;
  of(tenant: string): readonly string[];
}

export function chainsOf(memberships: Memberships): Chains {
  const known = new Map<string, readonly string[]>();
  return {
    memberships,
    of(tenant) {
      const chain = known.get(tenant) ?? chainOf(tenant, memberships);
      known.set(tenant, chain);
      return chain;
    },
  };
}

/** The scopes of a chain that have a value: what two chains have in common decides whether their values are equal. */
export function settersOf(chain: readonly string[], values: SetValues): readonly string[] {
  return chain.filter(tenant => values.has(tenant));
}

/** The effective value of these scopes as it would be stored. */
export function valueFrom(config: AnyConfig, setters: readonly string[], values: SetValues): unknown {
  const layers = setters.map(
    (tenant): Pick<Layer, 'scope' | 'value'> => ({
      scope: scopeOf(tenant),
      value: JSON.parse(values.get(tenant) as string),
    }),
  );
  return effectiveValue(config, layers);
}

/** Why the schema refuses an effective value; undefined: it takes it, or there is none. */
export function faultOf(config: AnyConfig, value: unknown): TenantryError | undefined {
  if (value === undefined) return undefined;
  try {
    parseConfigValue(config, value);
    return undefined;
  } catch (error) {
    return error as TenantryError;
  }
}
