import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { DefaultedConfig } from '../definitions/config-definition.ts';
import { makeConfig } from '../definitions/define-config.ts';
import { groupTenant } from '../wire/scope.ts';

/** The name of the config in which a tenant or a group says its groups. No config of an application can have it. */
export const GROUPS_NAME = '@groups';

/** How many groups a tenant or a group may be in: readers follow the feed of each. */
export const MOST_GROUPS = 32;

/** The groups that a tenant or a group is in, in order of precedence. */
export type GroupsConfig = DefaultedConfig<readonly string[], readonly string[]>;

/**
 * The config in which each tenant and each group says its groups: a record like any other, so that changes of groups are captured,
 * published, audited and kept in the history as changes of values are. A group exists while its own record has a value.
 */
export function defineGroups(): GroupsConfig {
  return makeConfig({
    name: GROUPS_NAME,
    schema: { '~standard': { version: 1, vendor: 'tenantry', validate } },
    default: [],
    // A change of a group is compared with all groups, and others wait for it meanwhile.
    databaseTimeout: '30s',
    cacheTimeout: '1s',
  }) as GroupsConfig;
}

function validate(value: unknown): StandardSchemaV1.Result<readonly string[]> {
  const refuse = (message: string) => ({ issues: [{ message }] });
  if (!Array.isArray(value)) return refuse('a list of names of groups is expected');
  if (value.length > MOST_GROUPS) return refuse(`there may be ${MOST_GROUPS} groups, and there are ${value.length}`);
  for (const [i, group] of value.entries()) {
    try {
      groupTenant(group);
    } catch (error) {
      return { issues: [{ path: [i], message: (error as Error).message }] };
    }
    if (value.indexOf(group) < i) return { issues: [{ path: [i], message: 'the group is in the list twice' }] };
  }
  return { value: [...value] };
}
