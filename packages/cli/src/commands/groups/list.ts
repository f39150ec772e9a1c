import { defineCommand } from '../../program/define-command.ts';
import { LIMIT, text } from '../../program/options.ts';

/** `groups list` */
export const list = defineCommand({
  args: {},
  options: { search: text('part of a name', { value: 'TEXT', mayBeEmpty: true }), limit: LIMIT },
  routes: ['groups.list'],
  examples: ['tenantry groups list'],
  async run({ options: { search, limit }, out, api }) {
    await out.list((await api()).pages('groups.list', { query: { search } }, limit), [
      { title: 'GROUP', of: ({ name }) => name },
      { title: 'MEMBERS', of: ({ members }) => members, right: true },
      { title: 'GROUPS', of: ({ groups }) => groups.join(' ') },
    ]);
    return undefined;
  },
});
