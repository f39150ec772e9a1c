import { DRY_OPTIONS } from '../../changes/write-options.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { defineCommand } from '../../program/define-command.ts';
import { REASON, required } from '../../program/options.ts';

/** `groups delete GROUP` */
export const deleteGroup = defineCommand({
  details: ['Only a group that nobody is in and that sets no config.'],
  args: { group: required('the name of a group', 'group') },
  options: { reason: REASON, ...DRY_OPTIONS },
  routes: ['groups.get', 'groups.delete'],
  examples: ['tenantry groups delete eu/west'],
  async run({ args, options, out, api: connect }) {
    const names = { group: args.group };
    const api = await connect({ readsOnly: options.dryRun });
    const { answer, etag } = await api.call('groups.get', { names });
    const told = { scope: `groups/${args.group}`, changed: true };
    if (options.dryRun) {
      await out.one({ ...told, dryRun: true }, `${told.scope}: would be deleted, ${answer.members} members`);
      return EXIT.wouldChange;
    }
    await api.call('groups.delete', { names, query: { reason: options.reason }, ifMatch: etag });
    await out.one(told, `${told.scope}: deleted`);
    return EXIT.done;
  },
});
