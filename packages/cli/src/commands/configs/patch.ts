import { writeConfig } from '../../changes/write-config.ts';
import { VALUE_OPTIONS } from '../../changes/write-options.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, many, SCOPE } from '../../program/options.ts';
import { givenValue } from '../../values/given-value.ts';
import { toScope } from '../../values/scope.ts';

/** `patch SCOPE CONFIG PATCH` */
export const patch = defineCommand({
  details: [
    'PATCH is given as `set` takes values. Objects are merged in depth; anything else that it names is replaced, null is a value, and everything else stays, also the end of the value (`--expires never` takes it away). `set` alone takes a field away.',
    'The record is read first, and written only where nobody has written meanwhile. What is so already is not written.',
  ],
  args: { scope: SCOPE, config: CONFIG, patch: many('JSON text, @FILE, - or path=value') },
  options: VALUE_OPTIONS,
  routes: ['configs.get', 'definitions.get', 'configs.patch', 'configs.preview'],
  examples: ['tenantry patch acme plan limits.seats=9', `tenantry patch acme plan '{"name":"Gold"}' --dry-run`],
  async run(call) {
    const { args, io } = call;
    const value = await givenValue(args.patch, false, io);
    return writeConfig(call, { scope: toScope(args.scope), config: args.config, value, isPatch: true });
  },
});
