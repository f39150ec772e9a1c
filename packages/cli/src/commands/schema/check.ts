import { loadDefinitions } from '@tenantry/loader/folder';
import type { Api } from '../../connection/api.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import { standingOf, warningsOf } from '../../new-definitions/check-changes.ts';
import { checkValues, type Fault } from '../../new-definitions/check-values.ts';
import { Memberships } from '../../new-definitions/memberships.ts';
import { counted } from '../../output/counted.ts';
import { printable } from '../../output/text-width.ts';
import { readValues } from '../../plan/read/read-all.ts';
import { readDefinitions } from '../../plan/read/read-definitions.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, REASON, text } from '../../program/options.ts';

/** `schema check --definitions FILE` */
export const check = defineCommand({
  details: [
    'A gate for a deploy: validates what every scope sets, and what every tenant gets of it, with the definitions of the new code. FILE is a module that exports them: what `defineConfig` makes, or lists of it. It is run on this machine.',
    'It names scopes, configs and paths, and never a value. It ends with 0 where all is fine, with 3 where a value would be refused, and with 4 where that is not so and some could not be looked at: secrets without --reveal, and what you may not view.',
    'Warnings change no exit code: configs that are gone and still have values, and options that become others, such as `inherit`.',
    'Inherited values are put together as the new definitions say, with their defaults. Variables of `expand` are those of this machine.',
  ],
  args: {},
  options: {
    definitions: text('the module of the new definitions', { value: 'FILE', names: 'file' }),
    reveal: flag('look at secrets, too: the audit log says so for each'),
    reason: REASON,
  },
  routes: ['definitions.list', 'configs.list', 'configs.matrix', 'groups.list', 'tenants.list', 'configs.reveal'],
  examples: [
    'tenantry schema check --definitions src/definitions.ts',
    'tenantry schema check --definitions dist/definitions.js --reveal -m "deploy 1.4" -o ndjson',
  ],
  async run({ options, api, out, say }) {
    const { definitions: file, reveal, reason } = options;
    if (file === undefined) throw wrongUse('--definitions FILE is missing.');
    if (reveal && !reason) throw wrongUse('--reveal needs a --reason: the audit log says why a secret was shown.');
    const configs = await loadDefinitions(file);
    const server = await api({ readsOnly: !reveal });
    const [standing, memberships] = [await readDefinitions(server), await Memberships.read(server)];
    const show = async (scope: string, config: string) =>
      (await server.call('configs.reveal', { names: { scope, config }, body: { reason: reason as string } })).answer
        .json;
    const counts = { faults: 0, unchecked: 0, warnings: 0 };
    if (!(await seesGlobal(server))) {
      counts.unchecked++;
      say('what is set for all tenants is not to be seen: what tenants get of it cannot be looked at');
    }
    const parts = {
      api: server,
      memberships,
      reveal: reveal ? show : undefined,
      onUnchecked(what: string) {
        if (++counts.unchecked <= MOST_NAMED) say(printable(`not looked at: ${what}`));
      },
    };
    async function* faults(): AsyncGenerator<readonly Fault[]> {
      for (const config of configs) {
        const known = standingOf(config, standing);
        if (!known) continue;
        for await (const page of checkValues(parts, config, readValues(server, [known], parts.onUnchecked))) {
          counts.faults += page.length;
          yield page;
        }
      }
    }
    await out.findings(
      faults(),
      [
        { title: 'SCOPE', of: ({ scope }) => scope },
        { title: 'CONFIG', of: ({ config }) => config },
        { title: 'KIND', of: ({ kind }) => kind },
        { title: 'PATH', of: ({ path }) => path },
        { title: 'WHY', of: ({ why }) => why },
      ],
      'every value would be taken',
    );
    for await (const warning of warningsOf(server, configs, standing)) {
      counts.warnings++;
      say(printable(`warning: ${warning}`));
    }
    const { faults: refused, unchecked, warnings } = counts;
    if (out.isForPeople)
      await out.one({}, `${refused} would be refused, ${unchecked} not looked at, ${counted(warnings, 'warning')}`);
    else if (unchecked > 0) say(`${unchecked} not looked at`);
    if (counts.faults > 0) return EXIT.refused;
    return counts.unchecked > 0 ? EXIT.partly : EXIT.done;
  },
});

/** More are counted. */
const MOST_NAMED = 100;

/** What nobody may list answers as if it were not there. */
async function seesGlobal(api: Api): Promise<boolean> {
  const asked = api.call('configs.list', { names: { scope: 'global' }, query: { limit: 1 } });
  return asked.then(
    () => true,
    (error: { readonly code?: string }) => {
      if (error.code === 'NOT_FOUND') return false;
      throw error;
    },
  );
}
