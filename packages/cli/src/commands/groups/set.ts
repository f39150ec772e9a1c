import { writeGroups } from '../../changes/write-groups.ts';
import { GROUPS_OPTIONS } from '../../changes/write-options.ts';
import { Failure } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { many, required } from '../../program/options.ts';

/** `groups set GROUP GROUP...` */
export const set = defineCommand({
  details: ['Makes the group where there is none. The groups that it is in stand in order of precedence, all of them.'],
  args: { group: required('the name of a group', 'group'), groups: many('the groups that it is in', 'group') },
  options: GROUPS_OPTIONS,
  routes: ['groups.get', 'groups.set', 'configs.preview'],
  examples: ['tenantry groups set eu', 'tenantry groups set eu/west eu -m "T-17"'],
  async run(call) {
    const { group, groups } = call.args;
    const api = await call.api({ readsOnly: call.options.dryRun });
    const found = await api.call('groups.get', { names: { group } }).catch(error => {
      if (error instanceof Failure && error.code === 'NOT_FOUND') return undefined;
      throw error;
    });
    return writeGroups(call, api, {
      ...{ scope: `groups/${group}`, present: found?.answer.groups, groups, etag: found?.etag },
      write: (body, ifMatch) =>
        api.call('groups.set', { names: { group }, body, ...(found ? { ifMatch } : { ifNoneMatch: '*' }) }),
    });
  },
});
