import { writeGroups } from '../../changes/write-groups.ts';
import { GROUPS_OPTIONS } from '../../changes/write-options.ts';
import { defineCommand } from '../../program/define-command.ts';
import { many, required } from '../../program/options.ts';

/** `tenants set-groups TENANT GROUP...` */
export const setGroups = defineCommand({
  details: ['The groups in order of precedence, all of them; none takes the tenant out of every group.'],
  args: { tenant: required('the id of a tenant', 'tenant'), groups: many('names of groups', 'group') },
  options: GROUPS_OPTIONS,
  routes: ['tenants.get', 'tenants.setGroups', 'configs.preview'],
  examples: ['tenantry tenants set-groups acme gold eu', 'tenantry tenants set-groups acme gold --dry-run'],
  async run(call) {
    const { tenant, groups } = call.args;
    const api = await call.api({ readsOnly: call.options.dryRun });
    const { answer, etag } = await api.call('tenants.get', { names: { tenant } });
    return writeGroups(call, api, {
      ...{ scope: `tenants/${tenant}`, present: answer.groups, groups, etag },
      write: (body, ifMatch) => api.call('tenants.setGroups', { names: { tenant }, body, ifMatch }),
    });
  },
});
