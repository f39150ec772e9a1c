import { toJson } from '../../json/raw-numbers.ts';
import { defineCommand } from '../../program/define-command.ts';

/** `openapi` */
export const openapi = defineCommand({
  details: ['As JSON; with `-o yaml` as YAML.'],
  args: {},
  options: {},
  routes: ['openapi.get'],
  examples: ['tenantry openapi > tenantry.openapi.json'],
  async run({ out, api }) {
    const { answer } = await (await api()).call('openapi.get');
    await out.one(answer, toJson(answer, 2));
    return undefined;
  },
});
