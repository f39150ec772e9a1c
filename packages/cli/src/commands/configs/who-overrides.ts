import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, LIMIT, optional, text } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `who-overrides CONFIG [SCOPE]` */
export const whoOverrides = defineCommand({
  details: ['Lists the scopes below that have a value of their own, as far as you may view them.'],
  args: { config: CONFIG, scope: optional('the scope whose value is overridden; default: global', 'scope') },
  options: {
    path: text('only those that override this field: /seats', { value: 'POINTER', mayBeEmpty: true }),
    limit: LIMIT,
  },
  routes: ['configs.overrides'],
  examples: ['tenantry who-overrides plan', 'tenantry who-overrides plan groups/eu --path /seats'],
  async run({ args, options: { path, limit }, out, api }) {
    const names = { scope: toScope(args.scope ?? 'global'), config: args.config };
    await out.list((await api()).pages('configs.overrides', { names, query: { path } }, limit), [
      { title: 'SCOPE', of: ({ scope }) => scope },
      { title: 'VERSION', of: ({ version }) => version, right: true },
      { title: 'VALUE', of: ({ json }) => json },
    ]);
    return undefined;
  },
});
