import { type FolderEntry, problemLine, secretReference, writeFolder } from '@tenantry/loader/folder';
import type { Api } from '../../connection/api.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import { counted } from '../../output/counted.ts';
import { moment } from '../../output/moment.ts';
import { printable } from '../../output/text-width.ts';
import { hiddenScopes } from '../../plan/read/hidden-scopes.ts';
import { readMemberships, readValues, type StoredEntry } from '../../plan/read/read-all.ts';
import { readDefinitions, type ServerDefinition } from '../../plan/read/read-definitions.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, required, text, texts } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

const FORMATS = ['yaml', 'json', 'toml'] as const;

/** `export DIR` */
export const exportCommand = defineCommand({
  details: [
    'Writes what all scopes set as a folder: a file for each config of each scope, and @groups for the groups that a scope is in. The same values are the same bytes, so git shows only what has changed; a file that has its bytes already is left alone.',
    'A secret is never written: a reference to an environment variable stands in its place. What you may not view is left out and listed, and the program ends with 4 then. A scope that is named and that you may not see is NOT_FOUND, and nothing is written.',
    'A value that takes more than 1 MiB as a file is left out and listed, for an import would refuse such a file, and the program ends with 4. A file of it that is there already stays as it is.',
    'A file cannot say when a value ends (--expires): such a value is written without its end and listed, and the program ends with 4. An import of it leaves the value, and its end, as they are.',
  ],
  args: { dir: required('the folder; it is made where it is not there', 'file') },
  options: {
    scopes: texts('these scopes alone; may be given several times', { value: 'SCOPE', names: 'scope' }),
    configs: texts('these configs alone; may be given several times', { value: 'NAME', names: 'config' }),
    format: text('how the files are written; default yaml', { value: 'FORMAT', choices: FORMATS }),
    prune: flag('delete files of the folder that say nothing of what is written'),
  },
  routes: ['definitions.list', 'configs.matrix', 'groups.list', 'tenants.list', 'me.get', 'groups.get', 'tenants.get'],
  examples: [
    'tenantry export configs/',
    'tenantry export configs/ --prune',
    'tenantry export acme/ --scopes acme --format json',
  ],
  async run({ args, options, api, out, say }) {
    const { configs, prune } = options;
    const scopes = options.scopes?.map(toScope) ?? [];
    if (prune && (scopes.length > 0 || (configs?.length ?? 0) > 0))
      throw wrongUse('With --prune all of it is written: without --scopes and --configs.');
    const server = await api({ readsOnly: true });
    const definitions = await askedDefinitions(server, configs ?? []);
    const asked = { scopes, configs: definitions.map(({ name }) => name) };
    const hidden = [...(await hiddenScopes(server, asked))];
    const hasGroups = (configs?.length ?? 0) === 0;
    const isWanted = ({ scope }: StoredEntry) => scopes.length === 0 || scopes.includes(scope);
    const ending: { readonly scope: string; readonly config: string; readonly expiresAt: number }[] = [];
    const onEntry = ({ scope, config, expiresAt, json }: StoredEntry) => {
      if (expiresAt !== undefined && json !== undefined) ending.push({ scope, config, expiresAt });
    };
    if (prune && hidden.length > 0)
      throw wrongUse(`With --prune all must be seen, and you may not see ${hidden.join(', ')}. Nothing was written.`);
    const { written, removed, same, problems } = await writeFolder(
      args.dir,
      entriesOf(server, definitions, { hasGroups, isWanted, onEntry }, hidden),
      {
        format: FORMATS.find(format => format === options.format) ?? 'yaml',
        prune,
      },
    );
    for (const place of hidden) say(printable(`not exported: ${place}: you may not view it`));
    for (const problem of problems) say(printable(`not exported: ${problemLine(problem)}`));
    for (const { scope, config, expiresAt } of ending)
      say(printable(`exported without its end (${moment(expiresAt)}): ${config} of ${scope}`));
    const summary = `${counted(written.length, 'file')} written, ${same} as they were, ${removed.length} deleted`;
    await out.one({ written, removed, same, hidden, problems, ending }, summary);
    return hidden.length + problems.length + ending.length > 0 ? EXIT.partly : EXIT.done;
  },
});

/** The configs that are named, or all. `INVALID_OPTION` */
async function askedDefinitions(api: Api, configs: readonly string[]): Promise<readonly ServerDefinition[]> {
  const definitions = await readDefinitions(api);
  const unknown = configs.find(name => !definitions.find(name));
  if (unknown !== undefined) throw wrongUse(`The server has no config "${unknown}", or you may not see it.`);
  const named = configs.map(name => definitions.find(name)?.name);
  return definitions.all.filter(({ name }) => configs.length === 0 || named.includes(name));
}

interface WantedEntries {
  readonly hasGroups: boolean;
  isWanted(entry: StoredEntry): boolean;
  /** Told of each value that is wanted. */
  onEntry(entry: StoredEntry): void;
}

async function* entriesOf(
  api: Api,
  definitions: readonly ServerDefinition[],
  { hasGroups, isWanted, onEntry }: WantedEntries,
  hidden: string[],
): AsyncGenerator<FolderEntry, void, undefined> {
  const onHidden = (config: string) => void hidden.push(config);
  for await (const entry of readValues(api, definitions, onHidden)) {
    if (!isWanted(entry)) continue;
    onEntry(entry);
    yield* toFile(entry, hidden);
  }
  if (hasGroups) for await (const entry of readMemberships(api)) if (isWanted(entry)) yield* toFile(entry, hidden);
}

function* toFile({ scope, config, json, isSecret }: StoredEntry, hidden: string[]): Generator<FolderEntry> {
  const at = scope as FolderEntry['scope'];
  if (json === undefined) hidden.push(`${config} of ${scope}`);
  else yield { scope: at, config, json: isSecret ? JSON.stringify(secretReference(at, config, json)) : json };
}
