import type { BodyOf } from '@tenantry/admin-api';
import { DRY_OPTIONS } from '../../changes/write-options.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { defineCommand } from '../../program/define-command.ts';
import { REASON, required, text } from '../../program/options.ts';
import { momentOf } from '../../values/moment-of.ts';
import { toPlace } from '../../values/scope.ts';

type GrantBody = BodyOf<'grants.give'>;

/** `grants give WHO VERBS SCOPE` */
export const give = defineCommand({
  details: [
    'Verbs: list, view, edit, reveal, audit, operate, grant. `edit` and `reveal` come with `view`, and `view` with `list`. Nobody gives a right that they do not hold.',
    'A dry run prints the grant; whether you may give it only the server knows.',
  ],
  args: {
    who: required('user:<id>, group:<name> or *'),
    verbs: required('one or several, with commas'),
    scope: required('a scope, groups/*, tenants/*, installation or *', 'scope'),
  },
  options: {
    config: text('a name, or the beginning of names and *; default: *', { value: 'NAME', names: 'config' }),
    expires: text('the grant ends then: 2h, 7d, or 2026-01-31T09:15:00Z', { value: 'WHEN' }),
    reason: REASON,
    ...DRY_OPTIONS,
  },
  routes: ['grants.give'],
  examples: [
    'tenantry grants give user:ann edit tenants/acme',
    "tenantry grants give group:support view,list 'tenants/*' --config 'plan*' --expires 7d",
  ],
  async run({ args, options, out, api: connect }) {
    const expiresAt = momentOf(options.expires, 'future');
    const body: GrantBody = {
      // The server says which verbs there are.
      ...{ who: args.who, verbs: args.verbs.split(',') as GrantBody['verbs'], scope: toPlace(args.scope) },
      config: options.config ?? '*',
      ...(expiresAt !== undefined && { expiresAt }),
      ...(options.reason !== undefined && { reason: options.reason }),
    };
    const told = `${body.who} may ${body.verbs.join(', ')} ${body.config} of ${body.scope}`;
    const api = await connect({ readsOnly: options.dryRun });
    if (options.dryRun) {
      await out.one({ ...body, dryRun: true }, `would be given: ${told}`);
      return EXIT.wouldChange;
    }
    const { answer } = await api.call('grants.give', { body });
    await out.one(answer, `grant ${answer.id}: ${told}`);
    return EXIT.done;
  },
});
