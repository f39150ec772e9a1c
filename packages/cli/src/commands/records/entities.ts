import { defineCommand } from '../../program/define-command.ts';

/** `records entities` */
export const entities = defineCommand({
  args: {},
  options: {},
  routes: ['entities.list'],
  examples: ['tenantry records entities'],
  async run({ out, api }) {
    const { answer } = await (await api()).call('entities.list');
    await out.list(answer.items.length > 0 ? [answer.items] : [], [
      { title: 'ENTITY', of: ({ definition }) => definition },
      { title: 'KEYS', of: ({ keys }) => keys.map(names => names.join('+')).join(' ') },
      { title: 'OF', of: ({ perTenant }) => (perTenant ? 'each tenant' : 'all') },
      { title: 'FIELDS', of: ({ fields }) => fields.join(' ') },
    ]);
    return undefined;
  },
});
