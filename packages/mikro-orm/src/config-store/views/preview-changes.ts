import { setImmediate } from 'node:timers/promises';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import {
  type ChangedValue,
  chainsOf,
  changedValues,
  checkInherited,
  checkOptionNames,
  checkRegrouped,
  checkWholeOption,
  type Memberships,
  nextValue,
  parseConfigValue,
  refuseOption,
  type SetValues,
  scopeOf,
  TRY_AGAIN,
  tenantOfScope,
  tenantText,
  type WantedChange,
  withChanges,
  withoutValues,
} from '@tenantry/protocol/internal';
import { checkRegistered } from '../../configs/check-registered.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { withinQuery } from '../../database/within-query.ts';
import { readMemberships, readValuesOfMany } from '../../scopes/read-layers.ts';
import type { StoredConfigs } from './stored-configs.ts';

/** A change that is not made: of a value, `undefined` takes it away; or of the groups that a tenant or a group is in. */
export type PreviewedChange =
  | { readonly scope: Scope; readonly config: AnyConfig; readonly value: unknown }
  | { readonly scope: Scope; readonly groups: readonly string[] };

/** Options of `preview`. */
export interface PreviewOptions {
  /** How many changed values are listed. 1 to 10,000, default 100. */
  readonly limit?: number | undefined;
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
 * scopes, at one moment or nearly so. A config that no scope inherits is read in the tenants of its changes alone.
 */
export async function previewChanges(
  parts: ConfigParts,
  stored: Pick<StoredConfigs, 'ofMany'>,
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
    return { memberships, values: await readValuesOfMany(parts, em, configs) };
  }).catch(error => {
    throw withoutValues(error, 'Previewing changes', TRY_AGAIN);
  });
  const memberships = new Map([
    ...all.memberships,
    ...regrouped.map(({ tenant, groups }) => [tenant, groups] as const),
  ]);
  checkRegrouped(wanted, memberships);
  const own = await ownValues(stored, wanted);
  const values = [...all.values, ...own].sort(([a], [b]) => (a.name < b.name ? -1 : 1));
  const [nobody, now] = [chainsOf(NOBODY), chainsOf(all.memberships)];
  const then = regrouped.length === 0 ? now : chainsOf(memberships);
  const byConfig = Map.groupBy(wanted, change => ('config' in change ? change.config : undefined));
  const changed: ChangedValue[] = [];
  for (const [config, present] of values) {
    const [was, is] = own.has(config) ? [nobody, nobody] : [now, then];
    const after = { chains: is, values: withChanges(present, config, byConfig.get(config) ?? []) };
    changed.push(...changedValues(config, { chains: was, values: present }, after));
    // Many configs of many tenants take seconds, and others are answered meanwhile.
    await setImmediate();
  }
  return { total: changed.length, changed: changed.slice(0, options.limit ?? 100) };
}

/** Of what nobody inherits groups say nothing. */
const NOBODY: Memberships = new Map();

/** What the tenants of these changes have of configs that are theirs alone, by config. */
async function ownValues(
  stored: Pick<StoredConfigs, 'ofMany'>,
  wanted: readonly WantedChange[],
): Promise<ReadonlyMap<AnyConfig, SetValues>> {
  const changes = wanted.flatMap(change => ('config' in change && change.config.inherit === 'none' ? change : []));
  if (changes.length === 0) return new Map();
  const configs = [...new Set(changes.map(({ config }) => config))];
  const scopes = [...new Set(changes.map(({ tenant }) => scopeOf(tenant)))];
  const texts = await stored.ofMany(scopes, configs);
  const valuesOf = ({ name }: AnyConfig) =>
    [...texts].flatMap(([scope, each]) => {
      const json = each.get(name)?.json;
      return json === undefined ? [] : [[tenantText(tenantOfScope(scope)), json] as const];
    });
  return new Map(configs.map(config => [config, new Map(valuesOf(config))]));
}

function toWanted(parts: ConfigParts, change: PreviewedChange): WantedChange {
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
  // What nobody inherits is of tenants alone.
  if (!isTenant(change.scope)) checkInherited(config);
  return { tenant, config, next: value === undefined ? undefined : nextValue('set', config, value) };
}

function isTenant(scope: Scope): boolean {
  return scope.startsWith('tenants/');
}
