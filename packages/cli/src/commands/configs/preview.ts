import { sayPreview } from '../../changes/preview-change.ts';
import { secretAsArgument } from '../../changes/secret-as-argument.ts';
import { wrongUse } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, flag, LIMIT, many, SCOPE } from '../../program/options.ts';
import { givenValue } from '../../values/given-value.ts';
import { toScope } from '../../values/scope.ts';

/** `preview SCOPE CONFIG VALUE` */
export const preview = defineCommand({
  details: [
    'Shows which scopes would get another value, here and below, and writes nothing. Ends with 2 where something would change, and with 3 where the change would be refused.',
    'The value of a secret is never taken as an argument: use @FILE or -.',
  ],
  args: { scope: SCOPE, config: CONFIG, value: many('JSON text, @FILE, - or path=value') },
  options: { unset: flag('what taking the value away would do'), limit: LIMIT },
  routes: ['configs.preview', 'definitions.get'],
  examples: ['tenantry preview global plan seats=5', 'tenantry preview groups/eu plan --unset'],
  async run({ args, options, io, out, api }) {
    const change = { scope: toScope(args.scope), config: args.config };
    if (options.unset && args.value.length > 0) throw wrongUse('--unset takes no value.');
    const given = options.unset ? undefined : await givenValue(args.value, false, io);
    const server = await api({ readsOnly: true });
    if (given?.isArgument) {
      const { answer } = await server.call('definitions.get', { names: { config: args.config } });
      if (answer.secret) throw secretAsArgument(args.config);
    }
    const value = given ? { json: given.json } : ({ unset: true } as const);
    return sayPreview(out, server, [{ ...change, ...value }], options.limit);
  },
});
