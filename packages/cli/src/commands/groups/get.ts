import { defineCommand } from '../../program/define-command.ts';
import { required } from '../../program/options.ts';

/** `groups get GROUP` */
export const get = defineCommand({
  args: { group: required('the name of a group', 'group') },
  options: {},
  routes: ['groups.get'],
  examples: ['tenantry groups get eu/west'],
  async run({ args, out, api }) {
    const { answer } = await (await api()).call('groups.get', { names: { group: args.group } });
    const { name, groups, members } = answer;
    await out.one(answer, out.pairs({ group: name, groups: groups.join(' ') || 'none', members }));
    return undefined;
  },
});
