import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import {
  chainOf,
  checkAbove,
  checkBelow,
  checkBroken,
  checkInherited,
  checkKnown,
  faultOf,
  GROUPS_NAME,
  groupOf,
  isOwnTenant,
  type LayeredConfig,
  type Memberships,
  noGroup,
  type SetValues,
  scopeOf,
  settersOf,
  valueFrom,
} from '@tenantry/protocol/internal';
import type { FolderState } from './folder-state.ts';

/** A value to be: of a config, or the groups of a scope. */
export interface Change {
  /** The scope, as text. */
  readonly tenant: string;
  readonly config: AnyConfig;
  /** Undefined: it is taken away. */
  readonly json: string | undefined;
}

/** Refuses what a store with a database would refuse: `UNKNOWN_GROUP`, `GROUP_CYCLE`, `GROUPS_TOO_DEEP`, `GROUP_IN_USE`, `NOT_INHERITED`, `INVALID_VALUE`, `BREAKS_BELOW`. */
export function checkChange(state: FolderState, configs: readonly AnyConfig[], change: Change): void {
  if (change.config.name === GROUPS_NAME) checkGroups(state, configs, change);
  else checkValue(state, change);
}

function checkGroups(state: FolderState, configs: readonly AnyConfig[], { tenant, json }: Change): void {
  const memberships = state.memberships();
  const isGroup = groupOf(tenant) !== undefined;
  if (json === undefined) {
    if (isGroup) checkUnused(state, memberships, tenant);
    return;
  }
  const groups = JSON.parse(json) as string[];
  checkKnown(
    tenant,
    groups.filter(group => ` ${group}` !== tenant),
    memberships,
  );
  const next = new Map([...memberships, [tenant, groups]]);
  checkAbove(tenant, next);
  if (isGroup) checkBelow(tenant, next);
  for (const config of configs) {
    if (config.inherit !== 'merge') continue;
    const values = state.values(config);
    checkLayers(config, { memberships, values }, { memberships: next, values }, tenant);
  }
}

function checkUnused(state: FolderState, memberships: Memberships, tenant: string): void {
  const group = groupOf(tenant) as string;
  const members = [...memberships].filter(([, groups]) => groups.includes(group)).map(([member]) => scopeOf(member));
  const isSet = [...state.standing()].some(each => each.tenant === tenant && each.name !== GROUPS_NAME);
  if (members.length === 0 && !isSet) return;
  const why = members.length > 0 ? `others are in it: ${members.slice(0, 10).join(', ')}` : 'configs are set in it';
  throw new TenantryError(
    'GROUP_IN_USE',
    `The group "${group}" cannot be deleted, because ${why}. Nothing was written.`,
    {
      details: { scopes: members.length > 0 ? members.slice(0, 10) : [scopeOf(tenant)] },
    },
  );
}

function checkValue(state: FolderState, { tenant, config, json }: Change): void {
  if (!isOwnTenant(tenant)) checkInherited(config);
  const memberships = state.memberships();
  if (json !== undefined && groupOf(tenant) !== undefined && !memberships.has(tenant)) throw noGroup(tenant);
  if (config.inherit !== 'merge') return;
  const all = state.values(config);
  // What a tenant says is read by nobody else: the values of others need no copy.
  const values = isOwnTenant(tenant) ? ofScopes(all, chainOf(tenant, memberships)) : all;
  checkLayers(config, { memberships, values }, { memberships, values: withValue(values, tenant, json) }, tenant);
}

function ofScopes(values: SetValues, scopes: readonly string[]): SetValues {
  return new Map(scopes.flatMap(scope => (values.has(scope) ? [[scope, values.get(scope) as string]] : [])));
}

/** What comes of all layers, in the scope itself and below it. */
function checkLayers(config: AnyConfig, before: LayeredConfig, after: LayeredConfig, tenant: string): void {
  const setters = settersOf(chainOf(tenant, after.memberships), after.values);
  const fault = faultOf(config, valueFrom(config, setters, after.values));
  if (fault) throw fault;
  if (!isOwnTenant(tenant)) checkBroken(config, before, after, tenant);
}

function withValue(values: SetValues, tenant: string, json: string | undefined): SetValues {
  const next = new Map(values);
  if (json === undefined) next.delete(tenant);
  else next.set(tenant, json);
  return next;
}
