import { defineCommand } from '../../program/define-command.ts';
import { LIMIT, text } from '../../program/options.ts';

/** `definitions list` */
export const list = defineCommand({
  args: {},
  options: { search: text('part of a name', { value: 'TEXT', mayBeEmpty: true }), limit: LIMIT },
  routes: ['definitions.list'],
  examples: ['tenantry definitions list', 'tenantry definitions list -o ndjson | jq -r .name'],
  async run({ options: { search, limit }, out, api }) {
    await out.list((await api()).pages('definitions.list', { query: { search } }, limit), [
      { title: 'CONFIG', of: ({ name }) => name },
      { title: 'GROUPS', of: ({ groups }) => groups.join(' ') },
      { title: 'INHERIT', of: ({ inherit }) => inherit },
      { title: 'WRITES', of: ({ writePolicy }) => writePolicy },
      { title: 'SECRET', of: ({ secret }) => (secret ? 'yes' : undefined) },
      { title: 'DEFAULT', of: ({ defaultJson }) => defaultJson },
    ]);
    return undefined;
  },
});
