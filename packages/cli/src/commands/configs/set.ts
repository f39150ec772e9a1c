import { writeConfig } from '../../changes/write-config.ts';
import { VALUE_OPTIONS } from '../../changes/write-options.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, flag, many, SCOPE } from '../../program/options.ts';
import { givenValue } from '../../values/given-value.ts';
import { toScope } from '../../values/scope.ts';

/** `set SCOPE CONFIG VALUE` */
export const set = defineCommand({
  details: [
    'VALUE is JSON text, @FILE, - for stdin, or path=value several times, which make an object. A value of path=value is JSON where it is JSON, and else a text.',
    'The record is read first, and written only where nobody has written meanwhile: else the program ends with 3 and says which version stands. What is so already is not written.',
    'A field that the schema does not name may be misspelt: a warning on stderr names it, and the value is written all the same.',
    'The value of a secret is never taken as an argument, because every process of the machine can read it: use @FILE or -.',
  ],
  args: { scope: SCOPE, config: CONFIG, value: many('JSON text, @FILE, - or path=value') },
  options: { ...VALUE_OPTIONS, text: flag('the value is a text, without quotes', { short: 't' }) },
  routes: ['configs.get', 'definitions.get', 'configs.set', 'configs.preview'],
  examples: [
    'tenantry set acme plan seats=5 name=Gold -m "T-17"',
    `tenantry set acme mode '"on"' --if-version 3`,
    'tenantry set acme plan @plan.json --dry-run',
    'pass show smtp | tenantry set acme smtp-password --text -',
  ],
  async run(call) {
    const { args, options, io } = call;
    const value = await givenValue(args.value, options.text, io);
    return writeConfig(call, { scope: toScope(args.scope), config: args.config, value, isPatch: false });
  },
});
