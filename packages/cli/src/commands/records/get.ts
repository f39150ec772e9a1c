import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { required, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `records get SCOPE ENTITY RECORD` */
export const get = defineCommand({
  details: ['What Redis has of one row.'],
  args: {
    scope: SCOPE,
    entity: required('the name of an entity'),
    record: required('its id, as `records list` shows it'),
  },
  options: {},
  routes: ['records.get'],
  examples: ['tenantry records get acme plan-settings 17'],
  async run({ args, out, api }) {
    const names = { scope: toScope(args.scope), entity: args.entity, record: args.record };
    const { answer } = await (await api()).call('records.get', { names });
    const { id, version, updatedAt, keys, json } = answer;
    await out.one(answer, out.pairs({ id, version, updated: moment(updatedAt), keys: keys.join(' '), value: json }));
    return undefined;
  },
});
