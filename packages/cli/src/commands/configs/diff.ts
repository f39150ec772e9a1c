import type { Api } from '../../connection/api.ts';
import { parseJson, toJson } from '../../json/raw-numbers.ts';
import { valueAt } from '../../json/value-at.ts';
import { printable } from '../../output/text-width.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, optional, required, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';
import { versionOf } from '../../values/version-of.ts';

/** `diff SCOPE CONFIG FROM [TO]` */
export const diff = defineCommand({
  details: ['Of a secret only the paths are shown. `-o json` prints a JSON Patch (RFC 6902).'],
  args: {
    ...{ scope: SCOPE, config: CONFIG, from: required('a version') },
    to: optional('a version; default: the one that stands now'),
  },
  options: {},
  routes: ['configs.diff', 'configs.get', 'configs.version'],
  examples: ['tenantry diff acme plan 3', 'tenantry diff acme plan 3 5 -o json'],
  async run({ args, out, api: connect }) {
    const names = { scope: toScope(args.scope), config: args.config };
    const from = versionOf(args.from);
    const api = await connect();
    const to = args.to === undefined ? (await api.call('configs.get', { names })).answer.version : versionOf(args.to);
    const { answer } = await api.call('configs.diff', { names, query: { from, to } });
    // The operations of a secret have no values.
    const isShown = out.isForPeople && from > 0 && answer.operations.some(({ value }) => value !== undefined);
    const before = isShown ? await valueSetIn(api, names, from) : undefined;
    const lines = answer.operations.map(({ op, path, value }) => {
      const was = op === 'replace' && value !== undefined ? valueAt(before, path) : undefined;
      const values = [was, value].filter(each => each !== undefined).map(toJson);
      const text = printable([path || '/', values.join(' → ')].filter(Boolean).join(' '));
      if (op === 'replace') return out.style('yellow', `~ ${text}`);
      return op === 'add' ? out.style('green', `+ ${text}`) : out.style('red', `- ${text}`);
    });
    await out.one(answer, lines.length > 0 ? lines : 'nothing differs');
    return undefined;
  },
});

/** What a version has set; undefined: nothing. */
async function valueSetIn(
  api: Api,
  names: { readonly scope: string; readonly config: string },
  version: number,
): Promise<unknown> {
  const { answer } = await api.call('configs.version', { names: { ...names, version } });
  return answer.json === undefined ? undefined : parseJson(answer.json);
}
