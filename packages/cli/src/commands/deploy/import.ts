import { basename } from 'node:path';
import { EXIT } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import { type ForeignSystem, importFrom, SYSTEMS } from '../../import-from/import-from.ts';
import { type ImportMap, NO_MAP, readImportMap } from '../../import-from/import-map.ts';
import type { Imported } from '../../import-from/imported.ts';
import { fromEnvironment } from '../../import-from/variables.ts';
import { printable } from '../../output/text-width.ts';
import { desiredOfImport } from '../../plan/desired.ts';
import { folderRequest } from '../../plan/folder-request.ts';
import { makePlan, type PlanRequest } from '../../plan/make-plan.ts';
import { defineCommand } from '../../program/define-command.ts';
import type { Io } from '../../program/io.ts';
import { flag, type Given, many, text } from '../../program/options.ts';
import { textOf } from '../../values/given-value.ts';
import { readInput } from '../../values/read-input.ts';
import { toScope } from '../../values/scope.ts';
import { utf8Text } from '../../values/utf8-text.ts';
import { carryOut } from './carry-out.ts';
import { APPLY_OPTIONS, COMPARE_OPTIONS, howToCompare } from './plan-options.ts';

const OPTIONS = {
  from: text('whose file it is; without it, a folder of our own layout', { value: 'SYSTEM', choices: SYSTEMS }),
  ...COMPARE_OPTIONS,
  ...APPLY_OPTIONS,
  dryRun: flag('write nothing; end with 2 where something would change', { short: 'n' }),
  map: text('which names become which configs and scopes (YAML or JSON)', { value: 'FILE', names: 'file' }),
  environment: text('which environment of the file', { value: 'NAME' }),
  scope: text('where values stand that are for everybody; default global', { value: 'SCOPE', names: 'scope' }),
  prefix: text('names of variables begin with it, and lose it; for env: TENANTRY_IMPORT_ by default', {
    ...{ value: 'TEXT', mayBeEmpty: true },
  }),
  tenantField: text('what conditions call a tenant: rules for tenants alone become their values', { value: 'NAME' }),
} as const;

/** `import DIR|FILE… [--from SYSTEM]` */
export const importCommand = defineCommand({
  details: [
    'Plans and applies in one: a folder of our own layout, or files that another system exported. What the file says and a config cannot say is listed on stderr, and the program ends with 4 then: what a map leaves out on purpose (null) is not listed.',
    'The page “Migrating from other systems” says of each system what becomes what.',
    'Nothing that is not in the file is taken away, unless --prune is given for a folder.',
  ],
  args: { files: many('a folder, or files; with --from also - for stdin', 'file') },
  options: OPTIONS,
  routes: ['definitions.list', 'configs.stored', 'configs.owned', 'configs.preview', 'configs.bulk', 'configs.set'],
  examples: [
    'tenantry import configs/',
    'tenantry import --from dotenv .env --prefix APP_ --map names.yaml --dry-run',
    'tenantry import --from unleash export.json --environment production --tenant-field tenantId',
    'TENANTRY_IMPORT_SMTP__HOST=mail tenantry import --from env --scope acme',
  ],
  async run(call) {
    const { args, options, api, say, io } = call;
    const how = howToCompare(options);
    if (options.from === undefined) {
      const [dir, ...more] = args.files;
      if (dir === undefined || more.length > 0)
        throw wrongUse('Name one folder, or say with --from whose files these are.');
      const request = await folderRequest(dir, options);
      return carryOut(call, await makePlan(await api({ readsOnly: true }), { ...request, ...how }), options);
    }
    if (options.prune)
      throw wrongUse('--prune is for folders: the file of another system does not say what else there is.');
    const imported = await read(options.from as ForeignSystem, args.files, options, io);
    for (const { name, message } of imported.notes) say(printable(`not imported: ${name}: ${message}`));
    const plan = await makePlan(await api({ readsOnly: true }), { ...requestOf(imported, options.from), ...how });
    const code = await carryOut(call, plan, options);
    const isFine = code === EXIT.done || code === EXIT.wouldChange;
    return isFine && imported.notes.length > 0 ? EXIT.partly : code;
  },
});

function requestOf({ entries }: Imported, from: string): Omit<PlanRequest, 'name' | 'policy' | 'secrets'> {
  return {
    from,
    desired: entries.map(desiredOfImport),
    problems: [],
    pruned: new Set(),
    prunesOthers: false,
    strays: new Set<string>(),
    kept: new Set(),
  };
}

async function read(
  system: ForeignSystem,
  files: readonly string[],
  options: Given<typeof OPTIONS>,
  io: Io,
): Promise<Imported> {
  const { environment, prefix, tenantField } = options;
  const scope = options.scope === undefined ? undefined : toScope(options.scope);
  if (files.filter(file => file === '-').length > 1) throw wrongUse('Stdin can be read once.');
  const map: ImportMap =
    options.map === undefined ? NO_MAP : readImportMap(await fileText(options.map, io), options.map);
  const how = { environment, prefix, scope, tenantField };
  if (system === 'env') {
    if (files.length > 0) throw wrongUse('--from env reads the environment of this program, and no file.');
    return fromEnvironment(io.env, how, map);
  }
  const sources = await Promise.all(
    files.map(async file => ({
      ...{ ...how, file: file === '-' ? 'stdin' : basename(file) },
      text: file === '-' ? await textOf(io) : await fileText(file, io),
    })),
  );
  return importFrom(system, sources, map);
}

async function fileText(path: string, io: Io): Promise<string> {
  return utf8Text(await readInput(path, code => `${path} cannot be read (${code}).`, io), path);
}
