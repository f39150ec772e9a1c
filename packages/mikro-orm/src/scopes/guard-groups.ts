import type { EntityManager } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import {
  chainOf,
  checkAbove,
  checkBelow,
  checkKnown,
  GROUPS_NAME,
  groupOf,
  groupTenant,
  type Memberships,
  scopeOf,
} from '@tenantry/protocol/internal';
import { type ConfigWrite, type LockedConfig, lockConfigRows, lockModeOf } from '../configs/config-rows.ts';
import { findOwn } from '../database/own-queries.ts';
import { Config } from '../tables/config-tables.ts';
import { checkOwnValue, checkValuesBelow } from './check-values.ts';
import { findMembers } from './find-members.ts';
import { lockScopes, readAbove, readGroups } from './group-rows.ts';
import { valuesOf } from './guard-values.ts';
import type { GuardedWrite, ScopeGuard } from './scope-guard.ts';

/** How many members an error names. */
const NAMED = 10;

/**
 * Guards a change of the groups of a tenant or of a group: `UNKNOWN_GROUP`, `GROUP_CYCLE`, `GROUPS_TOO_DEEP`, and `GROUP_IN_USE` for a group
 * that is to go while others are in it, or while something is set in it. `INVALID_VALUE` and `BREAKS_BELOW` if the schema of a config that is
 * merged refuses what comes of the new groups.
 */
export function guardGroups({ parts, tenant, isOwn }: GuardedWrite): ScopeGuard {
  const isGroup = groupOf(tenant) !== undefined;

  async function checkGroups(em: EntityManager, groups: readonly string[]): Promise<void> {
    const memberships = isGroup ? await readGroups(parts, em) : await readAbove(parts, em, groups);
    // A group that is in itself need not be there before.
    checkKnown(
      tenant,
      groups.filter(group => groupTenant(group) !== tenant),
      memberships,
    );
    const next = new Map([...memberships, [tenant, groups]]);
    checkAbove(tenant, next);
    if (isGroup) checkBelow(tenant, next);
    await checkValues(em, groups, next);
  }

  /** What comes of a merge depends on the groups. A write of a value locks the scopes as this one does. */
  async function checkValues(em: EntityManager, groups: readonly string[], next: Memberships): Promise<void> {
    const { registry, dialect, clock } = parts;
    const merged = registry.applicationConfigs().filter(({ inherit }) => inherit === 'merge');
    if (merged.length === 0) return;
    const names = merged.map(({ configKey }) => configKey);
    const rows = new Map<string, ReadonlyMap<string, LockedConfig>>();
    for (const text of chainOf(tenant, next))
      rows.set(text, await lockConfigRows(em, dialect, text, names, clock(), 'shared'));
    for (const config of merged) {
      checkOwnValue({ config, tenant }, next, valuesOf(rows, config.configKey));
      await checkValuesBelow(parts, em, { config, tenant, groups }, !isOwn);
    }
  }

  async function checkUnused(em: EntityManager): Promise<void> {
    const group = groupOf(tenant) as string;
    const locks = parts.dialect.supportsRowLocks;
    const members = (await findMembers(em, { group, limit: NAMED, locks })).map(scopeOf);
    if (members.length > 0)
      throw new TenantryError(
        'GROUP_IN_USE',
        `The group "${group}" cannot be deleted, because others are in it: ${members.join(', ')}${members.length < NAMED ? '' : ' …'}. Nothing was written.`,
        { details: { scopes: members } },
      );
    const set = { $and: [{ tenant, deletedAt: null, version: { $gt: 0 } }, { name: { $ne: GROUPS_NAME } }] };
    const lockMode = lockModeOf(parts.dialect, 'shared');
    const [config] = await findOwn(em, Config, set, { fields: ['name'], limit: 1, lockMode });
    if (config)
      throw new TenantryError(
        'GROUP_IN_USE',
        `The group "${group}" cannot be deleted: "${config.name}" is set in it. Nothing was written; unset what is set in the group first.`,
        { details: { scopes: [scopeOf(tenant)] } },
      );
  }

  return {
    names: [],
    async lock(em) {
      await lockScopes(parts, em, { tenant });
    },
    async check(em: EntityManager, [write]: readonly ConfigWrite[]) {
      const json = write?.json;
      if (json !== undefined) await checkGroups(em, JSON.parse(json) as readonly string[]);
      else if (isGroup) await checkUnused(em);
    },
  };
}
