import type { AnswerOf } from '@tenantry/admin-api';
import { EXIT } from '../../failures/exit-codes.ts';
import { Failure } from '../../failures/failure.ts';
import { moment } from '../../output/moment.ts';
import type { Output } from '../../output/output.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, flag, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `get SCOPE CONFIG` */
export const get = defineCommand({
  details: [
    'Shows the value as it is stored, merged with what the scope inherits where the config says so, and where it comes from. Readers get what the schema makes of it: one that drops fields which it does not name drops them there. That depends on the code of the reading process, and on its variables where the config expands them, so no command can show it for all of them; `preview` shows what the schema of the server makes. Of a secret the value is masked: `reveal` shows it.',
  ],
  args: { scope: SCOPE, config: CONFIG },
  options: {
    raw: flag('only the value, as JSON text; fails where there is none'),
    own: flag('with --raw: the value of this scope alone'),
  },
  routes: ['configs.get'],
  examples: [
    'tenantry get acme plan',
    'tenantry get groups/eu plan -o yaml',
    'tenantry get acme plan --raw | jq .seats',
  ],
  async run({ args, options, out, api }) {
    const scope = toScope(args.scope);
    const { answer } = await (await api()).call('configs.get', { names: { scope, config: args.config } });
    if (!options.raw) {
      await out.one(answer, recordLines(answer, out));
      return EXIT.done;
    }
    const text = options.own ? answer.json : answer.effectiveJson;
    if (text === undefined) throw new Failure('NOT_FOUND', `${scope} has no value of ${args.config}.`);
    await out.write(`${text}\n`);
    return EXIT.done;
  },
});

const STALE = {
  answer: 'a server does not answer: a newer value may stand',
  readers: 'readers may not have it yet',
} as const;

/** A config of a scope for people. */
function recordLines(record: AnswerOf<'configs.get'>, out: Output): string[] {
  const { scope, name, state, from, version, json, effectiveJson, masked, dirty, behind } = record;
  return out.pairs({
    ...{ scope, config: name, state: from === undefined || from === scope ? state : `${state}, from ${from}` },
    version: version || undefined,
    value: effectiveJson,
    own: json === effectiveJson ? undefined : json,
    masked: masked || undefined,
    updated: record.updatedAt && [moment(record.updatedAt), record.updatedBy].filter(Boolean).join(' by '),
    expires: moment(record.expiresAt),
    dirty: dirty ? 'the database does not have it yet' : undefined,
    stale: behind && STALE[behind],
  });
}
