import { EXIT, type ExitCode } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import { checkConfigs } from '../../plan/read/check-configs.ts';
import { defineCommand } from '../../program/define-command.ts';
import type { Invocation } from '../../program/invocation.ts';
import { flag, optional, text, texts } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';
import { diff as diffVersions } from '../configs/diff.ts';
import { type Counts, compareInstallations, compareScopes } from './compare-places.ts';
import type { Difference } from './difference.ts';
import { otherInstallation } from './other-installation.ts';

/** `diff SCOPE CONFIG FROM [TO]`, `diff SCOPE SCOPE`, `diff [SCOPE [SCOPE]] --against URL|PROFILE` */
export const diff = defineCommand({
  details: [
    'With a scope, a config and a version: what differs between two versions of it (RFC 6902 with -o json). With two scopes: what they set differently. With --against: the same scope of another installation, or another scope there, or without a scope all that is set in either.',
    'Scopes and installations: it ends with 0 where nothing differs, and with 2 where something does. - stands only in the first, + only in the second, ~ in both. Secrets that are in both are counted and not compared: both are masked.',
    'The token for --against is TENANTRY_AGAINST_TOKEN, else that of the profile.',
  ],
  args: {
    scope: optional('global, groups/<name>, tenants/<id>, or a tenant’s id alone', 'scope'),
    other: optional('another scope; with a version behind it: a config', 'scope'),
    from: optional('a version'),
    to: optional('a version; default: the one that stands now'),
  },
  options: {
    against: text('another installation: an address or a profile', { value: 'URL|PROFILE', names: 'profile' }),
    effective: flag('compare what readers get, instead of what the scopes set'),
    groups: flag('compare the groups that scopes are in, too'),
    configs: texts('these configs alone; may be given several times', { value: 'NAME', names: 'config' }),
  },
  routes: [
    'configs.diff',
    'configs.version',
    'configs.get',
    'configs.list',
    'configs.matrix',
    'definitions.list',
    'tenants.get',
    'groups.get',
  ],
  examples: [
    'tenantry diff acme plan 3 5',
    'tenantry diff acme beta',
    'tenantry diff acme --against staging --effective',
    'tenantry diff --against https://admin.example.com --groups -o json',
  ],
  async run(call) {
    const { args, options, api } = call;
    const { scope, other, from, to } = args;
    if (from !== undefined) {
      if (options.against !== undefined) throw wrongUse('Versions are of one installation: leave --against out.');
      const names = { scope: scope as string, config: other as string, from, to };
      return diffVersions.run({ ...call, args: names, options: {} });
    }
    const mine = await api({ readsOnly: true });
    const theirs = options.against === undefined ? mine : await otherInstallation(mine, options.against, call.io);
    await checkConfigs([...new Set([mine, theirs])], options.configs ?? []);
    const counts = { uncompared: 0 };
    const how = { isEffective: options.effective, hasGroups: options.groups, configs: options.configs ?? [] };
    if (scope === undefined) {
      if (options.against === undefined) throw wrongUse('Name two scopes, or another installation with --against.');
      if (options.effective) throw wrongUse('--effective compares the values of one scope: name it.');
      return show(call, compareInstallations(mine, theirs, how, counts), counts);
    }
    if (other === undefined && options.against === undefined)
      throw wrongUse('Name a second scope, or another installation with --against.');
    const places = [[mine, toScope(scope)] as const, [theirs, toScope(other ?? scope)] as const] as const;
    return show(call, compareScopes(...places, how, counts), counts);
  },
});

async function show(
  { out, say }: Pick<Invocation<unknown, unknown>, 'out' | 'say'>,
  pages: AsyncIterable<readonly Difference[]>,
  counts: Counts,
): Promise<ExitCode> {
  let found = 0;
  async function* counted() {
    for await (const page of pages) {
      found += page.length;
      yield page;
    }
  }
  await out.findings(
    counted(),
    [
      { title: '', of: ({ sign }) => sign },
      { title: 'SCOPE', of: ({ scope }) => scope },
      { title: 'CONFIG', of: ({ config }) => config },
      { title: 'HERE', of: ({ json }) => json },
      { title: 'THERE', of: ({ otherJson }) => otherJson },
    ],
    'nothing differs',
  );
  if (counts.uncompared > 0)
    say(`${counts.uncompared} ${counts.uncompared === 1 ? 'secret is' : 'secrets are'} set in both, and not compared`);
  return found === 0 ? EXIT.done : EXIT.wouldChange;
}
