import type { ExitCode } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, optional, text } from '../../program/options.ts';
import { loadPart } from './load-part.ts';

/** `worker` and `worker audit` */
export const worker = defineCommand({
  details: [
    'Runs beside the database until SIGTERM or Ctrl-C: it is `tenantry-worker` of @tenantry/worker, which has to be installed. `worker audit` compares Redis with the database once, and ends with 0 where nothing is wrong, 1 where findings are left, 2 where it could not finish.',
  ],
  args: { audit: optional('the word audit: compare once, and end') },
  options: {
    config: text('a module that exports the options of startWorker', { value: 'FILE', short: 'c', names: 'file' }),
    repair: flag('audit: bring Redis to what the database has'),
    resync: flag('audit: after the database was restored from a backup'),
    tenant: text('audit: only this tenant', { value: 'ID', names: 'tenant' }),
    json: flag('audit: one JSON object a line'),
    after: text('audit: go on where an audit was stopped', { value: 'TOKEN' }),
  },
  routes: [],
  examples: ['tenantry worker --config worker.config.js', 'tenantry worker audit --config worker.config.js --repair'],
  async run({ args, options: { config, repair, resync, tenant, json, after } }) {
    if (args.audit !== undefined && args.audit !== 'audit') throw wrongUse(`There is no "worker ${args.audit}".`);
    const words = [
      ...(args.audit === undefined ? [] : ['audit']),
      ...Object.entries({ config, tenant, after }).flatMap(([name, value]) =>
        value === undefined ? [] : [`--${name}`, value],
      ),
      ...Object.entries({ repair, resync, json }).flatMap(([name, isGiven]) => (isGiven ? [`--${name}`] : [])),
    ];
    const { runProgram } = await loadPart('@tenantry/worker', () => import('@tenantry/worker/program'));
    return (await runProgram(words)) as ExitCode;
  },
});
