import { isDeepStrictEqual } from 'node:util';
import { type AnyConfig, GLOBAL_TENANT, type Scope, type TenantryError } from '@tenantry/protocol';
import {
  checkOptionNames,
  checkWholeOption,
  encodeConfigValue,
  groupOf,
  parseConfigValue,
  refuseOption,
  scopeOf,
  tenantOfScope,
  tenantText,
  toJsonText,
  withoutValues,
} from '@tenantry/protocol/internal';
import { checkRegistered } from '../../configs/check-registered.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { hasMask, maskSecret, unmask } from '../../configs/secret-mask.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { withinQuery } from '../../database/within-query.ts';
import { checkAbove, checkBelow, checkKnown, noGroup } from '../../scopes/check-groups.ts';
import type { LayeredConfig } from '../../scopes/find-broken.ts';
import type { Memberships } from '../../scopes/group-rows.ts';
import { chainOf, type SetValues, settersOf, valueFrom } from '../../scopes/layered-values.ts';
import { readMemberships, readValues } from '../../scopes/read-layers.ts';
import { checkInherited } from './who-overrides.ts';

/** A change that is not made: of a value, `undefined` takes it away; or of the groups that a tenant or a group is in. */
export type PreviewedChange =
  | { readonly scope: Scope; readonly config: AnyConfig; readonly value: unknown }
  | { readonly scope: Scope; readonly groups: readonly string[] };

/** Options of `preview`. */
export interface PreviewOptions {
  /** How many changed values are listed. 1 to 10,000, default 100. */
  readonly limit?: number | undefined;
}

/** The value of one config in one scope, before and after. */
export interface ChangedValue {
  readonly scope: Scope;
  readonly config: string;
  /** As readers get it; of a secret masked. Undefined: none. */
  readonly before: unknown;
  readonly after: unknown;
  /** Why the schema refuses the value after the changes: such a write is refused. */
  readonly fault: TenantryError | undefined;
}

/** What changes would do. */
export interface Preview {
  /** How many values would change. */
  readonly total: number;
  /**
   * The first of them, in the order of configs and scopes. `global` stands for every tenant that is in no group and has no value of its own; a
   * group also for every tenant that is in it alone and has none.
   */
  readonly changed: readonly ChangedValue[];
}

const READ_MS = 10_000;

/**
 * The scopes whose effective values would change, without changing anything. Changes of groups that would be refused are refused:
 * `UNKNOWN_GROUP`, `GROUP_CYCLE`, `GROUPS_TOO_DEEP`. Reads the groups of all tenants, and each config's value in all
 * scopes, at one moment or nearly so.
 */
export async function previewChanges(
  parts: ConfigParts,
  changes: readonly PreviewedChange[],
  options: PreviewOptions = {},
): Promise<Preview> {
  checkOptionNames('preview', options, ['limit']);
  checkWholeOption('limit', options.limit, 1, 10_000);
  if (!Array.isArray(changes)) refuseOption('The changes of `preview`', 'a list', changes);
  const wanted = changes.map(change => toWanted(parts, change));
  const regrouped = wanted.flatMap(change => ('groups' in change ? change : []));
  const inherited = parts.registry.applicationConfigs().filter(({ inherit }) => inherit !== 'none');
  const touched = new Set(wanted.flatMap(change => ('config' in change ? change.config : [])));
  const configs = regrouped.length > 0 ? inherited : inherited.filter(config => touched.has(config));
  const all = await withinQuery(READ_MS, 'Previewing changes', async signal => {
    const em = internalFork(parts.orm, signal);
    const memberships = await readMemberships(parts, em, false);
    const values = new Map<AnyConfig, SetValues>();
    for (const config of configs) values.set(config, await readValues(parts, em, config, false));
    return { memberships, values };
  }).catch(error => {
    throw withoutValues(error, 'Previewing changes');
  });
  const memberships = new Map([
    ...all.memberships,
    ...regrouped.map(({ tenant, groups }) => [tenant, groups] as const),
  ]);
  checkGroups(wanted, memberships);
  const changed: ChangedValue[] = [];
  for (const config of configs.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const before = { memberships: all.memberships, values: all.values.get(config) as SetValues };
    const after = { memberships, values: withChanges(before.values, config, wanted) };
    changed.push(...changesOf(config, before, after));
  }
  return { total: changed.length, changed: changed.slice(0, options.limit ?? 100) };
}

type Wanted =
  | { readonly tenant: string; readonly groups: readonly string[] }
  | {
      readonly tenant: string;
      readonly config: AnyConfig;
      /** What would be stored over what is: masks in a secret stand for that. Undefined: nothing would be set. */
      readonly next: ((present: string | undefined) => string) | undefined;
    };

function toWanted(parts: ConfigParts, change: PreviewedChange): Wanted {
  if (typeof change !== 'object' || change === null) refuseOption('A change', '`{ scope, config, value }`', change);
  const tenant = tenantText(tenantOfScope(change.scope));
  if ('groups' in change) {
    if ('config' in change) refuseOption('A change', 'of `groups` or of a `config`', 'both');
    if (change.scope === 'global') refuseOption('A change of `groups`', 'of a tenant or of a group', change.scope);
    parseConfigValue(parts.groups, change.groups);
    return { tenant, groups: change.groups };
  }
  const { config, value } = change;
  checkRegistered(parts, config);
  checkInherited(config);
  return { tenant, config, next: value === undefined ? undefined : nextOf(config, value) };
}

function nextOf(config: AnyConfig, value: unknown): (present: string | undefined) => string {
  if (!config.secret || !hasMask(value)) {
    const json = encodeConfigValue(config, value);
    return () => json;
  }
  const masked: unknown = JSON.parse(toJsonText(value));
  return present => encodeConfigValue(config, unmask(masked, present === undefined ? undefined : JSON.parse(present)));
}

/** As the writes would be refused. All changes are made together: a group may be in one that another change makes. */
function checkGroups(changes: readonly Wanted[], memberships: Memberships): void {
  const regrouped = changes.flatMap(change => ('groups' in change ? change : []));
  for (const change of changes)
    if ('groups' in change) checkKnown(change.tenant, change.groups, memberships);
    else if (change.next !== undefined && !isKnown(change.tenant, memberships)) throw noGroup(change.tenant);
  for (const { tenant } of regrouped) checkAbove(tenant, memberships);
  // Only a group has others in it.
  for (const { tenant } of regrouped) if (groupOf(tenant) !== undefined) checkBelow(tenant, memberships);
}

function isKnown(tenant: string, memberships: Memberships): boolean {
  return groupOf(tenant) === undefined || memberships.has(tenant);
}

function withChanges(values: SetValues, config: AnyConfig, changes: readonly Wanted[]): SetValues {
  const next = new Map(values);
  for (const change of changes) {
    if (!('config' in change) || change.config !== config) continue;
    if (change.next === undefined) next.delete(change.tenant);
    else next.set(change.tenant, change.next(values.get(change.tenant)));
  }
  return next;
}

/** What readers have of a config, or why they have not. */
interface Effective {
  readonly value: unknown;
  readonly fault: TenantryError | undefined;
}

function changesOf(config: AnyConfig, before: LayeredConfig, after: LayeredConfig): ChangedValue[] {
  const scopes = [before, after].flatMap(({ memberships, values }) => [...memberships.keys(), ...values.keys()]);
  const known = new Map<string, Effective>();
  const effective = ({ memberships, values }: LayeredConfig, tenant: string): Effective => {
    const setters = settersOf(chainOf(tenant, memberships), values);
    // Many scopes have the same layers.
    const combination = setters.map(setter => `${setter}\n${values.get(setter)}`).join('\n\n');
    const found = known.get(combination) ?? toEffective(config, valueFrom(config, setters, values));
    known.set(combination, found);
    return found;
  };
  const changed: ChangedValue[] = [];
  for (const tenant of [...new Set([tenantText(GLOBAL_TENANT), ...scopes])].sort()) {
    const [was, is] = [effective(before, tenant), effective(after, tenant)];
    if (was === is || (isDeepStrictEqual(was.value, is.value) && !is.fault)) continue;
    changed.push({
      scope: scopeOf(tenant),
      config: config.name,
      before: maskSecret(config, was.value),
      after: maskSecret(config, is.value),
      fault: is.fault,
    });
  }
  return changed;
}

function toEffective(config: AnyConfig, value: unknown): Effective {
  if (value === undefined) return { value: undefined, fault: undefined };
  try {
    return { value: parseConfigValue(config, value), fault: undefined };
  } catch (error) {
    return { value: undefined, fault: error as TenantryError };
  }
}
