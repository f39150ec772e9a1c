import { writeConfig } from '../../changes/write-config.ts';
import { VALUE_OPTIONS } from '../../changes/write-options.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, many, SCOPE } from '../../program/options.ts';
import { givenValue } from '../../values/given-value.ts';
import { toScope } from '../../values/scope.ts';

/** `patch SCOPE CONFIG PATCH` */
export const patch = defineCommand({
  details: [
    'PATCH is a JSON merge patch (RFC 7396), given as `set` takes values: what it names is replaced, null takes a name away, and everything else stays.',
    'The record is read first, and written only where nobody has written meanwhile. What is so already is not written.',
  ],
  args: { scope: SCOPE, config: CONFIG, patch: many('JSON text, @FILE, - or path=value') },
  options: VALUE_OPTIONS,
  routes: ['configs.get', 'configs.patch', 'configs.preview'],
  examples: ['tenantry patch acme plan limits.seats=9', `tenantry patch acme plan '{"name":null}' --dry-run`],
  async run(call) {
    const { args, io } = call;
    const value = await givenValue(args.patch, false, io);
    return writeConfig(call, { scope: toScope(args.scope), config: args.config, value, isPatch: true });
  },
});
