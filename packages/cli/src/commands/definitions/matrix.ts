import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, LIMIT, text } from '../../program/options.ts';

/** `definitions matrix CONFIG` */
export const matrix = defineCommand({
  details: ['One config over all scopes that you may view: those that set it first.'],
  args: { config: CONFIG },
  options: {
    search: text("what a tenant's or group's name begins with", { value: 'TEXT', mayBeEmpty: true }),
    limit: LIMIT,
  },
  routes: ['configs.matrix'],
  examples: ['tenantry definitions matrix plan', 'tenantry definitions matrix plan --search eu -o yaml'],
  async run({ args, options: { search, limit }, out, api }) {
    const names = { config: args.config };
    await out.list((await api()).pages('configs.matrix', { names, query: { search } }, limit), [
      { title: 'SCOPE', of: ({ scope }) => scope },
      { title: 'STATE', of: ({ state }) => state },
      { title: 'VERSION', of: ({ version }) => version || undefined, right: true },
      { title: 'ENDS', of: ({ expiresAt }) => moment(expiresAt) },
      { title: 'OWN', of: ({ json }) => json },
      { title: 'VALUE', of: ({ effectiveJson }) => effectiveJson },
    ]);
    return undefined;
  },
});
