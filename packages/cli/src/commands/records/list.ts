import { defineCommand } from '../../program/define-command.ts';
import { LIMIT, required, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `records list SCOPE ENTITY` */
export const list = defineCommand({
  details: ['The rows of an entity that Redis has.'],
  args: { scope: SCOPE, entity: required('the name of an entity, as `records entities` shows it') },
  options: { limit: LIMIT },
  routes: ['records.list'],
  examples: ['tenantry records list acme plan-settings'],
  async run({ args, options, out, api }) {
    const names = { scope: toScope(args.scope), entity: args.entity };
    await out.list((await api()).pages('records.list', { names }, options.limit), [
      { title: 'ID', of: ({ id }) => id },
      { title: 'VERSION', of: ({ version }) => version, right: true },
      { title: 'KEYS', of: ({ keys }) => keys.join(' ') },
    ]);
    return undefined;
  },
});
