import type { EntityManager } from '@mikro-orm/core';
import { GLOBAL_TENANT } from '@tenantry/protocol';
import {
  GROUPS_NAME,
  groupOf,
  groupTenant,
  isOwnTenant,
  type Memberships,
  noGroup,
  tenantText,
} from '@tenantry/protocol/internal';
import { type LockedConfig, lockConfigRows } from '../configs/config-rows.ts';
import { checkOwnValue, checkValuesBelow } from './check-values.ts';
import { lockScopes } from './group-rows.ts';
import type { GuardedWrite, ScopeGuard } from './scope-guard.ts';

const GLOBAL = tenantText(GLOBAL_TENANT);

/** The rows of the scopes above, by scope and name, and the groups of each. */
interface LockedAbove {
  readonly memberships: Memberships;
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, LockedConfig>>;
}

/**
 * Guards writes of configs that are merged, and all that is set in a group: `UNKNOWN_GROUP` for a group that does not exist, `INVALID_VALUE` if
 * the schema refuses what comes of the merge, `BREAKS_BELOW` if that is so for tenants or groups below.
 *
 * After the first lock of all such writes (`lockScopes`) come the rows of the write and the groups of its scope; then the same configs, and the groups,
 * in each scope above. A write of a tenant and one above it in its chain do not run beside each other:
 *
 *   tenant: shares the lock, checks                           → commits
 *   global:                          waits to have it alone             → sees the tenant's value, checks
 */
export function guardValues({ parts, tenant, changes, isOwn }: GuardedWrite): ScopeGuard {
  const { dialect, clock } = parts;
  const group = groupOf(tenant);
  const merged = changes.flatMap(({ definition }) => (definition.inherit === 'merge' ? definition : []));
  const names = merged.map(({ configKey }) => configKey);

  /** The values for all, where the scope is another one. */
  let forAll: LockedAbove['rows'] = new Map();

  /** Level by level: which scopes there are is known only from the level below. */
  async function lockAbove(em: EntityManager, own: readonly string[]): Promise<LockedAbove> {
    const memberships = new Map([[tenant, own]]);
    const rows = new Map(forAll);
    for (let level = own; level.length > 0; ) {
      const above: string[] = [];
      for (const text of [...new Set(level)].map(groupTenant).sort()) {
        if (rows.has(text)) continue;
        const locked = await lockConfigRows(em, dialect, text, [GROUPS_NAME, ...names], clock(), 'shared');
        rows.set(text, locked);
        memberships.set(text, groupsIn(locked.get(GROUPS_NAME)));
        above.push(...groupsIn(locked.get(GROUPS_NAME)));
      }
      level = above;
    }
    return { memberships, rows };
  }

  return {
    names: group !== undefined || (isOwnTenant(tenant) && merged.length > 0) ? [GROUPS_NAME] : [],
    async lock(em) {
      const values = await lockScopes(parts, em, { tenant, names: tenant === GLOBAL ? [] : names });
      if (tenant !== GLOBAL) forAll = new Map([[GLOBAL, values]]);
    },
    async check(em, writes, rows) {
      const own = rows.get(GROUPS_NAME);
      if (group !== undefined && own?.json === undefined) throw noGroup(tenant);
      if (merged.length === 0) return;
      const above = await lockAbove(em, groupsIn(own));
      for (const [i, { definition: config }] of changes.entries()) {
        if (config.inherit !== 'merge') continue;
        const change = { config, tenant, json: { next: writes[i]?.json } };
        checkOwnValue(change, above.memberships, valuesOf(above.rows, config.configKey));
        await checkValuesBelow(parts, em, change, !isOwn);
      }
    },
  };
}

function groupsIn(row: LockedConfig | undefined): readonly string[] {
  return row?.json === undefined ? [] : (JSON.parse(row.json) as readonly string[]);
}

/** The values of one config in the scopes whose rows these are. */
export function valuesOf(
  rows: ReadonlyMap<string, ReadonlyMap<string, LockedConfig>>,
  name: string,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [text, locked] of rows) {
    const json = locked.get(name)?.json;
    if (json !== undefined) values.set(text, json);
  }
  return values;
}
