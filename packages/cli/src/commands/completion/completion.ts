import { wrongUse } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { required } from '../../program/options.ts';
import { SCRIPTS, SHELLS } from './scripts.ts';

/** `completion SHELL` */
export const completion = defineCommand({
  details: [
    'Completes commands, options, and the names of scopes, configs, groups and profiles, which it asks the server for. Where the server does not answer within a second, or within the --timeout of the line, it completes without them.',
  ],
  args: { shell: required('bash, zsh or fish') },
  options: {},
  routes: [],
  examples: [
    'source <(tenantry completion bash)',
    'source <(tenantry completion zsh)',
    'tenantry completion fish | source',
  ],
  async run({ args, out }) {
    const shell = SHELLS.find(each => each === args.shell);
    if (!shell) throw wrongUse(`There is no script for ${JSON.stringify(args.shell)}: name ${SHELLS.join(', ')}.`);
    await out.write(SCRIPTS[shell]);
    return undefined;
  },
});
