import { toJson } from '../../json/raw-numbers.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG } from '../../program/options.ts';

/** `definitions get CONFIG` */
export const get = defineCommand({
  details: ['With `-o json` its schema is JSON Schema 2020-12.'],
  args: { config: CONFIG },
  options: {},
  routes: ['definitions.get'],
  examples: ['tenantry definitions get plan -o json | jq .schema'],
  async run({ args, out, api }) {
    const { answer } = await (await api()).call('definitions.get', { names: { config: args.config } });
    const { schema, schemaProblem, aliases, groups, mergeListsBy, defaultJson, ...rest } = answer;
    const lists = { aliases: aliases.join(' ') || undefined, groups: groups.join(' ') || undefined };
    const pairs = {
      ...rest,
      ...lists,
      default: defaultJson,
      schema: schemaProblem ?? (schema === undefined ? undefined : toJson(schema)),
    };
    await out.one(answer, out.pairs(pairs));
    return undefined;
  },
});
