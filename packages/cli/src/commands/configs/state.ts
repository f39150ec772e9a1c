import { Table } from '../../output/table.ts';
import { defineCommand } from '../../program/define-command.ts';
import { SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `state SCOPE` */
export const state = defineCommand({
  args: { scope: SCOPE },
  options: {},
  routes: ['state.get'],
  examples: ['tenantry state acme'],
  async run({ args, out, api }) {
    const { answer } = await (await api()).call('state.get', { names: { scope: toScope(args.scope) } });
    const table = new Table<(typeof answer.groups)[number]>(
      [
        { title: 'GROUP', of: ({ group }) => group },
        { title: 'CONFIGS', of: ({ total }) => total, right: true },
        { title: 'SET', of: ({ set }) => set, right: true },
        { title: 'DIRTY', of: ({ dirty }) => dirty, right: true },
        { title: 'STALE', of: ({ stale }) => stale, right: true },
      ],
      undefined,
    ).lines([...answer.groups, { ...answer, group: 'all' }]);
    await out.one(answer, [out.style('bold', table.head ?? ''), ...table.rows]);
    return undefined;
  },
});
