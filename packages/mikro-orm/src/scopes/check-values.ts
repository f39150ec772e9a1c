import type { EntityManager } from '@mikro-orm/core';
import type { AnyConfig } from '@tenantry/protocol';
import {
  chainOf,
  checkBroken,
  faultOf,
  isOwnTenant,
  type Memberships,
  type SetValues,
  settersOf,
  valueFrom,
} from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';
import { readMemberships, readValues } from './read-layers.ts';

/** A change of one scope: of its groups, or of the value of one config. */
export interface ScopeChange {
  readonly config: AnyConfig;
  /** The scope, as text of a column. */
  readonly tenant: string;
  /** Its groups from now on; left out: they do not change. */
  readonly groups?: readonly string[];
  /** Its value from now on; undefined: none. Left out: it does not change. */
  readonly json?: { readonly next: string | undefined };
}

/** `INVALID_VALUE` if the schema refuses what the scope itself has from now on. `values`: those of its chain. */
export function checkOwnValue(
  { config, tenant, json }: ScopeChange,
  memberships: Memberships,
  values: SetValues,
): void {
  const next = json ? withValue(values, tenant, json.next) : values;
  const fault = faultOf(config, valueFrom(config, settersOf(chainOf(tenant, memberships), next), next));
  if (fault) throw fault;
}

/** `BREAKS_BELOW` if the schema refuses what other scopes have from now on, and took what they have now. A tenant has none below. */
export async function checkValuesBelow(
  parts: ConfigParts,
  em: EntityManager,
  { config, tenant, groups, json }: ScopeChange,
  locks: boolean,
): Promise<void> {
  if (isOwnTenant(tenant)) return;
  const memberships = await readMemberships(parts, em, locks);
  const values = await readValues(parts, em, config, locks);
  const after = {
    memberships: groups ? new Map([...memberships, [tenant, groups]]) : memberships,
    values: json ? withValue(values, tenant, json.next) : values,
  };
  checkBroken(config, { memberships, values }, after, tenant);
}

function withValue(values: SetValues, tenant: string, json: string | undefined): SetValues {
  const next = new Map(values);
  if (json === undefined) next.delete(tenant);
  else next.set(tenant, json);
  return next;
}
