import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { LIMIT, text } from '../../program/options.ts';
import { toPlace } from '../../values/scope.ts';

/** `grants list` */
export const list = defineCommand({
  args: {},
  options: {
    who: text('only of these: user:<id>, group:<name> or *', { value: 'WHO' }),
    scope: text('only for this scope', { value: 'SCOPE', names: 'scope' }),
    limit: LIMIT,
  },
  routes: ['grants.list'],
  examples: ['tenantry grants list', 'tenantry grants list --who user:ann'],
  async run({ options: { who, scope, limit }, out, api }) {
    const query = { who, scope: scope === undefined ? undefined : toPlace(scope) };
    await out.list((await api()).pages('grants.list', { query }, limit), [
      { title: 'ID', of: ({ id }) => id },
      { title: 'WHO', of: each => each.who },
      { title: 'MAY', of: ({ verbs }) => verbs.join(' ') },
      { title: 'SCOPE', of: each => each.scope },
      { title: 'CONFIG', of: ({ config }) => config },
      { title: 'UNTIL', of: ({ expiresAt }) => moment(expiresAt) },
      { title: 'BY', of: ({ createdBy }) => createdBy },
    ]);
    return undefined;
  },
});
