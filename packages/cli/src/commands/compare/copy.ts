import type { Api } from '../../connection/api.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { Failure, wrongUse } from '../../failures/failure.ts';
import { moment } from '../../output/moment.ts';
import { printable } from '../../output/text-width.ts';
import type { Desired } from '../../plan/desired.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { checkConfigs } from '../../plan/read/check-configs.ts';
import { GROUPS, readGroups } from '../../plan/read/read-scope.ts';
import { type ConfigRecord, readSet } from '../../plan/read/read-set.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, REASON, required, texts } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';
import { carryOut } from '../deploy/carry-out.ts';

/** `copy SOURCE DESTINATION` */
export const copy = defineCommand({
  details: [
    'Compares first, shows what differs, and writes only that, in one transaction. Where somebody has written to the destination meanwhile, nothing is written: 3. What the destination has beside stays.',
    'Secrets are left out and listed, and the program ends with 4 then. With --reveal they are copied: that takes the right to reveal them and a --reason, and the audit log of the source says so. They cannot be compared, so they are written each time.',
    'What a scope inherits is not copied: only what it sets itself. The end of a value (--expires) is not copied either: it is listed, and the program ends with 4.',
  ],
  args: {
    source: required('the scope that has them', 'scope'),
    destination: required('the scope that gets them', 'scope'),
  },
  options: {
    configs: texts('these configs alone; may be given several times', { value: 'NAME', names: 'config' }),
    groups: flag('put the destination into the groups of the source, too'),
    reveal: flag('copy secrets, too'),
    reason: REASON,
    dryRun: flag('write nothing; end with 2 where something would change', { short: 'n' }),
  },
  routes: [
    'configs.list',
    'configs.get',
    'configs.reveal',
    'configs.bulk',
    'tenants.get',
    'groups.get',
    'definitions.list',
  ],
  examples: ['tenantry copy acme beta --dry-run', 'tenantry copy acme beta --configs plan --configs limits -m "T-17"'],
  async run(call) {
    const { args, options, api, say } = call;
    const [source, destination] = [toScope(args.source), toScope(args.destination)];
    if (source === destination) throw wrongUse('Source and destination are the same scope.');
    if (options.reveal && !options.reason)
      throw wrongUse('--reveal needs a --reason: the audit log says why a secret was shown.');
    // Only revealing may write: an entry of the audit log.
    const server = await api({ readsOnly: !options.reveal });
    const wanted = options.configs ?? [];
    const records = await readSet(server, source, { isWanted: name => wanted.length === 0 || wanted.includes(name) });
    if (records.size === 0) {
      await checkConfigs([server], wanted);
      if (source.startsWith('groups/') && !(await readGroups(server, source)))
        throw new Failure('NOT_FOUND', `There is no ${source}, or you may not see it. Nothing was written.`);
      if (wanted.length === 0) say(printable(`${source} sets nothing that you may see: is the name right?`));
    }
    const missing = wanted.find(name => !records.has(name));
    if (missing !== undefined) throw wrongUse(`${source} does not set "${missing}", or you may not see it.`);
    const left: string[] = [];
    const desired: Desired[] = [];
    for (const [config, record] of records) {
      const json = await clearJson(server, source, config, record, options);
      if (json === undefined) left.push(config);
      else desired.push({ scope: destination, config, json, place: () => `${config} of ${source}` });
    }
    if (options.groups) desired.push(...(await groupsOf(server, source, destination)));
    for (const config of left) say(printable(`not copied: ${config}: it is a secret, or you may not view it`));
    const ending = [...records].filter(([config, { expiresAt }]) => expiresAt !== undefined && !left.includes(config));
    for (const [config, { expiresAt }] of ending)
      say(printable(`copied without its end (${moment(expiresAt)}): ${config}`));
    const request = {
      from: source,
      desired,
      problems: [],
      pruned: new Set<string>(),
      prunesOthers: false,
      strays: new Set<string>(),
      kept: new Set<string>(),
      ...({ name: 'files', policy: 'overwrite', secrets: 'write' } as const),
    };
    const code = await carryOut(call, await makePlan(server, request), { ...options, yes: false, maxPrune: undefined });
    const isFine = code === EXIT.done || code === EXIT.wouldChange;
    return isFine && left.length + ending.length > 0 ? EXIT.partly : code;
  },
});

/** What is copied; undefined where it is masked or hidden. */
async function clearJson(
  api: Api,
  scope: string,
  config: string,
  { masked, json }: ConfigRecord,
  {
    reveal,
    reason,
    dryRun,
  }: { readonly reveal: boolean; readonly reason: string | undefined; readonly dryRun: boolean },
): Promise<string | undefined> {
  if (!masked) return json;
  if (!reveal) return undefined;
  // To show what would be written nobody has to see it.
  if (dryRun) return json;
  const { answer } = await api.call('configs.reveal', { names: { scope, config }, body: { reason: reason as string } });
  return answer.json;
}

async function groupsOf(api: Api, source: string, destination: string): Promise<Desired[]> {
  if (source === 'global' || destination === 'global')
    throw wrongUse('The global scope is in no groups: leave --groups out.');
  const found = await readGroups(api, source);
  if (!found) return [];
  return [
    { scope: destination, config: GROUPS, json: JSON.stringify(found.groups), place: () => `the groups of ${source}` },
  ];
}
