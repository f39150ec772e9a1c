import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, LIMIT, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `history SCOPE CONFIG` */
export const history = defineCommand({
  args: { scope: SCOPE, config: CONFIG },
  options: { limit: LIMIT },
  routes: ['configs.history'],
  examples: ['tenantry history acme plan --limit 5', 'tenantry history acme plan -o ndjson'],
  async run({ args, options, out, api }) {
    const names = { scope: toScope(args.scope), config: args.config };
    await out.list((await api()).pages('configs.history', { names }, options.limit), [
      { title: 'VERSION', of: ({ version }) => version, right: true },
      { title: 'AT', of: ({ at }) => moment(at) },
      { title: 'BY', of: ({ actor }) => actor },
      { title: 'DID', of: ({ op }) => op },
      { title: 'REASON', of: ({ reason }) => reason },
      { title: 'ORIGIN', of: ({ origin }) => origin },
      { title: 'VALUE', of: ({ json }) => json },
    ]);
    return undefined;
  },
});
