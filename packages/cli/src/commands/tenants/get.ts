import { defineCommand } from '../../program/define-command.ts';
import { required } from '../../program/options.ts';

/** `tenants get TENANT` */
export const get = defineCommand({
  args: { tenant: required('the id of a tenant', 'tenant') },
  options: {},
  routes: ['tenants.get'],
  examples: ['tenantry tenants get acme'],
  async run({ args, out, api }) {
    const { answer } = await (await api()).call('tenants.get', { names: { tenant: args.tenant } });
    const { id, groups, chain, configs } = answer;
    const pairs = { tenant: id, groups: groups.join(' ') || 'none', inherits: chain.join(' ') || undefined, configs };
    await out.one(answer, out.pairs(pairs));
    return undefined;
  },
});
