import { EXIT } from '../../failures/exit-codes.ts';
import { checkDeletions } from '../../plan/allow-deletions.ts';
import { writePlan } from '../../plan/file/plan-file.ts';
import { folderRequest } from '../../plan/folder-request.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { changesOf, hasDrift } from '../../plan/plan.ts';
import { missingSecrets } from '../../plan/secrets.ts';
import { planLines, shownPlan } from '../../plan/show-plan.ts';
import { defineCommand } from '../../program/define-command.ts';
import { required } from '../../program/options.ts';
import { COMPARE_OPTIONS, howToCompare, SAVE } from './plan-options.ts';

/** `plan DIR` */
export const plan = defineCommand({
  details: [
    'Compares a folder of configuration files with what the server has, and writes nothing. The plan has the version of each config that would change: what `apply` then does is what was shown, or it is refused.',
    'It ends with 0 where nothing would change, with 2 where something would, or where others have set something else and --policy report keeps it, and with 4 where a file cannot be planned. The line at the end says how many tenants would get other values. Where --prune would take away more than --max-prune lets through, it shows what, saves no plan, and ends with 3.',
    'A field that the schema does not name may be misspelt: the plan names it as a warning, and ends as it does without one.',
    'With --prune that is taken away which this loader (--name) has set and no file says any more. What others have set since is listed, and stays.',
    'A secret that is set is left alone, because it cannot be compared without being shown. One that is not set is written from its reference. A variable or a file that is not there is named with its place: `apply` needs it, and the plan does not.',
  ],
  args: { dir: required('the folder: global/, groups/<name>/, tenants/<id>/', 'file') },
  options: { ...COMPARE_OPTIONS, save: SAVE },
  routes: ['definitions.list', 'configs.stored', 'configs.owned', 'configs.preview'],
  examples: [
    'tenantry plan configs/',
    'tenantry plan configs/ --prune --save plan.json',
    'tenantry plan configs/ -o json',
  ],
  async run({ args, options, api, out, io }) {
    const server = await api({ readsOnly: true });
    const how = howToCompare(options);
    const made = await makePlan(server, { ...(await folderRequest(args.dir, options)), ...how });
    const missing = await missingSecrets(made.scopes, io.env);
    await out.one(shownPlan(made, missing), planLines(made, out, missing));
    checkDeletions(made, options);
    if (options.save !== undefined) await writePlan(options.save, { ...made, how: { ...how, prune: options.prune } });
    if (made.problems.length > 0) return EXIT.partly;
    return changesOf(made) === 0 && !hasDrift(made) ? EXIT.done : EXIT.wouldChange;
  },
});
