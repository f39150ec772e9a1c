import { defineCommand } from '../../program/define-command.ts';
import { LIMIT, text } from '../../program/options.ts';

/** `tenants list` */
export const list = defineCommand({
  args: {},
  options: { search: text('part of an id', { value: 'TEXT', mayBeEmpty: true }), limit: LIMIT },
  routes: ['tenants.list'],
  examples: ['tenantry tenants list', 'tenantry tenants list --search acme -o ndjson | jq -r .id'],
  async run({ options: { search, limit }, out, api }) {
    await out.list((await api()).pages('tenants.list', { query: { search } }, limit), [
      { title: 'TENANT', of: ({ id }) => id },
      { title: 'GROUPS', of: ({ groups }) => groups.join(' ') },
    ]);
    return undefined;
  },
});
