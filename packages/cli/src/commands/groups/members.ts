import { defineCommand } from '../../program/define-command.ts';
import { LIMIT, required } from '../../program/options.ts';

/** `groups members GROUP` */
export const members = defineCommand({
  args: { group: required('the name of a group', 'group') },
  options: { limit: LIMIT },
  routes: ['groups.members'],
  examples: ['tenantry groups members eu', 'tenantry groups members eu -o ndjson | jq -r .scope'],
  async run({ args, options, out, api }) {
    const pages = (await api()).pages('groups.members', { names: { group: args.group } }, options.limit);
    await out.list(pages, [{ title: 'SCOPE', of: ({ scope }) => scope }]);
    return undefined;
  },
});
