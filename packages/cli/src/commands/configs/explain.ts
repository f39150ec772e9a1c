import { Table } from '../../output/table.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `explain SCOPE CONFIG` */
export const explain = defineCommand({
  details: [
    'Every scope that has a part in the value, the nearest first, and which field comes from which. The values are as they are stored, before the schema: see `get`.',
  ],
  args: { scope: SCOPE, config: CONFIG },
  options: {},
  routes: ['configs.explain'],
  examples: ['tenantry explain acme smart-feature'],
  async run({ args, out, api }) {
    const names = { scope: toScope(args.scope), config: args.config };
    const { answer } = await (await api()).call('configs.explain', { names });
    const layers = new Table<(typeof answer.layers)[number]>(
      [
        { title: 'LAYER', of: ({ scope }) => scope },
        { title: 'KIND', of: ({ kind }) => kind },
        { title: 'VERSION', of: ({ version }) => version || undefined, right: true },
        { title: 'VALUE', of: ({ json, hidden }) => (hidden ? 'hidden: you may not view it' : json) },
      ],
      undefined,
    ).lines(answer.layers);
    const fields = new Table<(typeof answer.fields)[number]>(
      [
        { title: 'FIELD', of: ({ path }) => path || '/' },
        { title: 'FROM', of: ({ scope }) => scope },
      ],
      undefined,
    ).lines(answer.fields);
    const value = out.pairs({ value: answer.effectiveJson ?? 'none' });
    const tables = [layers, ...(answer.fields.length > 0 ? [fields] : [])];
    await out.one(answer, [
      ...value,
      ...tables.flatMap(({ head = '', rows }) => ['', out.style('bold', head), ...rows]),
    ]);
    return undefined;
  },
});
