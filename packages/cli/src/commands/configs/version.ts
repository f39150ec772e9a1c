import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, required, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';
import { versionOf } from '../../values/version-of.ts';

/** `version SCOPE CONFIG VERSION` */
export const version = defineCommand({
  args: { scope: SCOPE, config: CONFIG, version: required('its number') },
  options: {},
  routes: ['configs.version'],
  examples: ['tenantry version acme plan 3'],
  async run({ args, out, api }) {
    const names = { scope: toScope(args.scope), config: args.config, version: versionOf(args.version) };
    const { answer } = await (await api()).call('configs.version', { names });
    const { json, at, actor, reason, origin, op } = answer;
    const pairs = { version: answer.version, did: op, value: json, at: moment(at), by: actor, reason, origin };
    await out.one(answer, out.pairs(pairs));
    return undefined;
  },
});
