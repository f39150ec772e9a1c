import { groupOf } from '@tenantry/protocol/internal';
import { guardGroups } from './guard-groups.ts';
import { guardValues } from './guard-values.ts';
import type { GuardedWrite, ScopeGuard } from './scope-guard.ts';

/** The guard of a write; undefined where it depends on no other scope, as most writes. */
export function scopeGuardOf(write: GuardedWrite): ScopeGuard | undefined {
  const { parts, tenant, changes } = write;
  if (changes.some(({ definition }) => definition === parts.groups)) return guardGroups(write);
  if (groupOf(tenant) !== undefined || changes.some(({ definition }) => definition.inherit === 'merge'))
    return guardValues(write);
  return undefined;
}
