import { wrongUse } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, REASON, SCOPE, whole } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `reveal SCOPE CONFIG` */
export const reveal = defineCommand({
  details: ['Prints the value in clear, and the audit log says who asked and why: --reason is required.'],
  args: { scope: SCOPE, config: CONFIG },
  options: { reason: REASON, version: whole('default: the one that stands now', { value: 'N' }) },
  routes: ['configs.reveal'],
  examples: ['tenantry reveal acme smtp-password -m "incident 7"'],
  async run({ args, options: { reason, version }, out, api }) {
    const names = { scope: toScope(args.scope), config: args.config };
    if (!reason) throw wrongUse('--reason is missing: the audit log says why a secret was shown.');
    const body = { reason, ...(version !== undefined && { version }) };
    const { answer } = await (await api()).call('configs.reveal', { names, body });
    await out.one(answer, answer.json ?? 'not set');
    return undefined;
  },
});
