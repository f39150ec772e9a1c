import { eventStream, type Told } from '../../connection/event-stream.ts';
import { wrongUse } from '../../failures/failure.ts';
import { toJson } from '../../json/raw-numbers.ts';
import { checkConfigs } from '../../plan/read/check-configs.ts';
import { defineCommand } from '../../program/define-command.ts';
import { optional, SCOPE, text, whole } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `watch SCOPE [CONFIG]` */
export const watch = defineCommand({
  details: [
    'Prints NDJSON, a line for each change in the scope and in those that it inherits from, until Ctrl-C. A stream that was cut off goes on where it was. `id` says where to go on after a line: give it to --after, in another run, too. The lines of one transaction come together, and the last one has the id.',
    '`event` is `ready` (everything was told up to now), `change`, or `resync` (changes may be missing: read again). Values are not told: read them.',
    'Where nobody reads a pipe any more (`| head -1`), it ends with the next line: only then it learns of that. --limit ends it by itself.',
  ],
  args: { scope: SCOPE, config: optional('only this config', 'config') },
  options: {
    after: text('go on after this id', { value: 'ID' }),
    limit: whole('end after so many lines', { value: 'N', range: [1, Number.MAX_SAFE_INTEGER] }),
  },
  routes: ['events.stream', 'definitions.list'],
  examples: [
    'tenantry watch acme',
    'tenantry watch acme plan --limit 2 | tail -n 1  # waits for one change',
    'tenantry watch acme plan --after "$(tail -n 1 seen.ndjson | jq -r .id)"',
  ],
  async run({ args, options, out, api: connect }) {
    const scope = toScope(args.scope);
    // What no header can have would be taken for a server that is away, and tried for ever.
    if (options.after !== undefined && !/^[\x21-\x7e]+$/.test(options.after))
      throw wrongUse('--after is no id of a line.');
    const api = await connect();
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    // Of a name that is none nobody would ever hear.
    if (args.config !== undefined) await checkConfigs([api], [args.config]);
    for await (const told of eventStream(api, { scope, after: options.after })) {
      if (!isAsked(told, args.config)) continue;
      await out.write(`${lineOf(told)}\n`);
      if (--left === 0) break;
    }
    return undefined;
  },
});

/** Whether somebody who follows one config wants to hear it: what may be about all configs is about this one, too. */
function isAsked({ event, data }: Told, config: string | undefined): boolean {
  if (event !== 'change') return event === 'ready' || event === 'resync';
  const { config: changed, kind } = data as { readonly config?: string; readonly kind?: string };
  return config === undefined || changed === config || kind === 'groups';
}

function lineOf({ event, data, id }: Told): string {
  return toJson({ event, ...(data as object), ...(id !== undefined && { id }) });
}
