import type { BackendStore } from '@tenantry/admin';
import {
  chainsOf,
  changedValues,
  checkInherited,
  checkRegrouped,
  defineGroups,
  nextValue,
  parseConfigValue,
  tenantOfScope,
  tenantText,
  type WantedChange,
  withChanges,
} from '@tenantry/protocol/internal';
import type { FolderParts } from './folder-parts.ts';
import { checkKnown } from './scope-configs.ts';

type Changes = Parameters<BackendStore['preview']>[0];

const GROUPS = defineGroups();

/** What changes would do, without making them. */
export function previewChanges(
  parts: FolderParts,
  changes: Changes,
  { limit = 100 }: { readonly limit?: number | undefined },
): Awaited<ReturnType<BackendStore['preview']>> {
  const { state } = parts;
  const wanted = changes.map(change => toWanted(parts, change));
  const before = state.memberships();
  const memberships = new Map(before);
  for (const change of wanted) if ('groups' in change) memberships.set(change.tenant, change.groups);
  checkRegrouped(wanted, memberships);
  const touched = new Set(wanted.flatMap(change => ('config' in change ? change.config : [])));
  const isRegrouped = wanted.some(change => 'groups' in change);
  const was = chainsOf(before);
  const is = isRegrouped ? chainsOf(memberships) : was;
  const changed = [...parts.configs.values()]
    // Of what nobody inherits groups say nothing.
    .filter(config => touched.has(config) || (isRegrouped && config.inherit !== 'none'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(config => {
      const values = state.values(config);
      return changedValues(
        config,
        { chains: was, values },
        { chains: is, values: withChanges(values, config, wanted) },
      );
    });
  return { total: changed.length, changed: changed.slice(0, limit) };
}

function toWanted(parts: FolderParts, change: Changes[number]): WantedChange {
  const tenant = tenantText(tenantOfScope(change.scope));
  if ('groups' in change) {
    parseConfigValue(GROUPS, change.groups);
    return { tenant, groups: change.groups };
  }
  const { config, value } = change;
  checkKnown(parts, config);
  if (!change.scope.startsWith('tenants/')) checkInherited(config);
  return { tenant, config, next: value === undefined ? undefined : nextValue('set', config, value) };
}
