import { stat } from 'node:fs/promises';
import { Failure, wrongUse } from '../../failures/failure.ts';
import { readPlan } from '../../plan/file/plan-file.ts';
import { folderRequest } from '../../plan/folder-request.ts';
import { makePlan } from '../../plan/make-plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { defineCommand } from '../../program/define-command.ts';
import type { Io } from '../../program/io.ts';
import { flag, type Given, required } from '../../program/options.ts';
import { carryOut } from './carry-out.ts';
import { APPLY_OPTIONS, COMPARE_OPTIONS, howToCompare } from './plan-options.ts';

/** `apply PLAN|DIR` */
export const apply = defineCommand({
  details: [
    'Makes an installation what a plan says: a file that `tenantry plan --save` wrote, or a folder, for which a plan is made first. The groups and values of a scope are one transaction: where any of them is at another version than the plan saw, nothing of that scope is written, and the other scopes go on.',
    'It ends with 0 where all of it is done, with 2 where it is and others have set something else that --policy report keeps, with 3 where all of it was refused, and with 4 where some scopes were, or a file could not be planned.',
    'A plan keeps the --policy, --name, --prune and --write-secrets that it was made with: others are refused.',
    'Where values would be taken away a person must type how many, and without a terminal --yes must stand.',
    'What it sets has the origin file:<name>:<path>#<sha256>, and --prune takes away nothing else. Configs that are only in Redis (persistence: none) are no part of the transaction: they are written after it.',
  ],
  args: { from: required('a plan, - for one on stdin, or a folder of configuration files', 'file') },
  options: {
    ...COMPARE_OPTIONS,
    ...APPLY_OPTIONS,
    dryRun: flag('write nothing; end with 2 where something would change', { short: 'n' }),
  },
  routes: ['configs.bulk', 'configs.set', 'configs.unset'],
  examples: [
    'tenantry apply plan.json -m "T-17"',
    'tenantry apply configs/ --prune --yes',
    'tenantry apply configs/ --dry-run',
  ],
  async run(call) {
    const { args, options, api, io } = call;
    const server = await api({ readsOnly: true });
    const found = args.from === '-' ? 'stdin' : await stat(args.from).catch(() => undefined);
    if (!found) throw wrongUse(`${args.from} is neither a plan nor a folder.`);
    if (found !== 'stdin' && found.isDirectory()) {
      const request = { ...(await folderRequest(args.from, options)), ...howToCompare(options) };
      return carryOut(call, await makePlan(server, request), options);
    }
    const plan = await planFor(server.connection.url, args.from, io);
    checkHow(plan, options);
    return carryOut(call, plan, options);
  },
});

/** A plan is for the installation that it was made of. */
async function planFor(url: string, path: string, io: Io): Promise<Plan> {
  const plan = await readPlan(path, io);
  if (plan.url === url) return plan;
  throw new Failure('OTHER_INSTALLATION', `${path} was made for ${plan.url}, and this is ${url}. Nothing was written.`);
}

/** A plan is carried out as it is: an option that it was not made with would have no effect. `INVALID_OPTION`. */
function checkHow({ how }: Plan, options: Given<typeof COMPARE_OPTIONS>): void {
  if (how === undefined) return;
  const { policy = how.policy, name = how.name, prune, writeSecrets } = options;
  const isMore = (prune && !how.prune) || (writeSecrets && how.secrets !== 'write');
  if (policy !== how.policy || name !== how.name || isMore)
    throw wrongUse(
      `The plan was made with --policy ${how.policy} and --name ${how.name}, ${how.prune ? 'with' : 'without'} --prune and ${how.secrets === 'write' ? 'with' : 'without'} --write-secrets: leave them out, or make it anew.`,
    );
}
