import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, LIMIT, SCOPE, text } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `list SCOPE` */
export const list = defineCommand({
  details: ['`stale` beside the state: there may be something newer, for this list or for readers; `get` says which.'],
  args: { scope: SCOPE },
  options: {
    search: text('part of a name', { value: 'TEXT', mayBeEmpty: true }),
    value: text('part of a value that is no secret', { value: 'TEXT', mayBeEmpty: true }),
    group: text('a group of configs', { value: 'NAME' }),
    state: text('only those that are so', { value: 'STATE', choices: ['set', 'inherited', 'default', 'none'] }),
    dirty: flag('only those that the database does not have yet'),
    limit: LIMIT,
  },
  routes: ['configs.list'],
  examples: ['tenantry list acme', 'tenantry list global --state set -o ndjson'],
  async run({ args, options: { limit, dirty, ...filter }, out, api }) {
    const scope = toScope(args.scope);
    const query = { search: filter.search, value: filter.value, group: filter.group, state: filter.state };
    const pages = (await api()).pages(
      'configs.list',
      { names: { scope }, query: { ...query, dirty: dirty || undefined } },
      limit,
    );
    await out.list(pages, [
      { title: 'CONFIG', of: ({ name }) => name },
      { title: 'STATE', of: ({ state, stale }) => (stale ? `${state}, stale` : state) },
      { title: 'FROM', of: ({ from }) => from },
      { title: 'VERSION', of: ({ version }) => version || undefined, right: true },
      { title: 'UPDATED', of: ({ updatedAt }) => moment(updatedAt) },
      { title: 'BY', of: ({ updatedBy }) => updatedBy },
      { title: 'VALUE', of: ({ preview, secret }) => (secret ? 'secret' : preview) },
    ]);
    return undefined;
  },
});
