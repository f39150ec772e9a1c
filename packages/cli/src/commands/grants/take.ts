import { DRY_OPTIONS } from '../../changes/write-options.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { defineCommand } from '../../program/define-command.ts';
import { REASON, required } from '../../program/options.ts';

/** `grants take ID` */
export const take = defineCommand({
  args: { grant: required('the id of a grant, as `grants list` shows it') },
  options: { reason: REASON, ...DRY_OPTIONS },
  routes: ['grants.take', 'grants.list'],
  examples: ['tenantry grants take 17 -m "left the team"'],
  async run({ args, options, out, api: connect }) {
    const api = await connect({ readsOnly: options.dryRun });
    const told = { id: args.grant, taken: true };
    if (options.dryRun) {
      let isThere = false;
      for await (const page of api.pages('grants.list')) isThere ||= page.some(({ id }) => id === args.grant);
      await out.one(
        { ...told, taken: isThere, dryRun: true },
        `grant ${args.grant}: ${isThere ? 'would be taken' : 'not there'}`,
      );
      return isThere ? EXIT.wouldChange : EXIT.done;
    }
    await api.call('grants.take', { names: { grant: args.grant }, query: { reason: options.reason } });
    await out.one(told, `grant ${args.grant}: taken`);
    return EXIT.done;
  },
});
