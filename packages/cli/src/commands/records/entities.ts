import { defineCommand } from '../../program/define-command.ts';
import { LIMIT } from '../../program/options.ts';

/** `records entities` */
export const entities = defineCommand({
  args: {},
  options: { limit: LIMIT },
  routes: ['entities.list'],
  examples: ['tenantry records entities'],
  async run({ options, out, api }) {
    await out.list((await api()).pages('entities.list', {}, options.limit), [
      { title: 'ENTITY', of: ({ definition }) => definition },
      { title: 'KEYS', of: ({ keys }) => keys.map(names => names.join('+')).join(' ') },
      { title: 'OF', of: ({ perTenant }) => (perTenant ? 'each tenant' : 'all') },
      { title: 'FIELDS', of: ({ fields }) => fields.join(' ') },
    ]);
    return undefined;
  },
});
