import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LoadReport } from '@tenantry/loader';
import type { ExitCode } from '../../failures/exit-codes.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { Failure, wrongUse } from '../../failures/failure.ts';
import type { Output } from '../../output/output.ts';
import { defineCommand } from '../../program/define-command.ts';
import type { Io } from '../../program/io.ts';
import { flag, required, text } from '../../program/options.ts';
import { loadPart } from './load-part.ts';
import { untilStopped } from './until-stopped.ts';

type Loader = typeof import('@tenantry/loader');
type LoaderOptions = Parameters<Loader['startLoader']>[0];

/** What the module of `--config` exports: an ORM, whatever `startLoader` takes, and how to close the rest. */
interface LoadConfig extends Omit<LoaderOptions, 'dir'> {
  readonly close?: (() => unknown) | undefined;
}

/** `load DIR` */
export const load = defineCommand({
  details: [
    'Brings a folder of files into the store, beside the database: FILE is a module whose default export is { orm, … }, the options of startLoader of @tenantry/loader, or a function that returns them. The orm is closed at the end.',
    'Ends with 0 where all is as the files say, 1 where nothing could be done, 2 where something would change or others have changed what a file says, 3 where more would be taken away than may be, 4 where a part was refused, 130 where Ctrl-C stopped it: what it had begun is written, and no more. With --watch it says what goes on to be wrong once.',
  ],
  args: { dir: required('the folder', 'file') },
  options: {
    config: text('the module with the ORM', { value: 'FILE', short: 'c', names: 'file' }),
    once: flag('import once and end; so it does where nothing is said'),
    watch: flag('go on until SIGTERM or Ctrl-C, and import what changes'),
    dryRun: flag('write nothing; end with 2 where something would change', { short: 'n' }),
    policy: text('what a file does to a value of others', {
      value: 'POLICY',
      choices: ['seed', 'report', 'overwrite'],
    }),
    prune: flag('take away what this loader has set and no file says any more'),
    maxPrune: text('the most that may be taken away: a number, or a part such as 10%', { value: 'MOST' }),
    name: text('the name of this loader; default: files', { value: 'NAME' }),
  },
  routes: [],
  examples: [
    'tenantry load config/ --config loader.config.ts --dry-run',
    'tenantry load config/ -c loader.config.ts --watch',
  ],
  async run({ args: { dir }, options: { config: file, once: isOnce, watch, dryRun, ...said }, io, out, say }) {
    if (file === undefined) throw wrongUse('--config FILE is missing.');
    if (watch && isOnce) throw wrongUse('--watch and --once do not go together.');
    if (watch && dryRun) throw wrongUse('--watch and --dry-run do not go together.');
    const loader = await loadPart('@tenantry/loader', () => import('@tenantry/loader'));
    const { close, ...options } = await readConfig(file);
    const { policy, prune, maxPrune, name } = said;
    const settings = {
      ...{ ...options, dir },
      ...(policy !== undefined && { policy: policy as never }),
      ...(prune && { prune }),
      ...(maxPrune !== undefined && { maxPrune: (/^\d+$/.test(maxPrune) ? Number(maxPrune) : maxPrune) as never }),
      ...(name !== undefined && { name }),
    };
    try {
      if (watch) return await keep(loader, settings, io, out, say);
      const { compareMs: _, onError: __, logger: ___, ...once } = settings;
      const report = await untilStopped(loader.loadOnce({ ...once, dryRun, signal: io.signal }), io.signal);
      await print(loader, report, out, say);
      return report.items.some(({ code }) => code === 'CLOSED') ? EXIT.interrupted : loader.exitCodeOf(report);
    } finally {
      const closing = async () => {
        await options.orm.close();
        await close?.();
      };
      await untilStopped(closing(), io.signal);
    }
  },
});

/** Until it is told to stop: a line for each import that wrote something or met something wrong. */
async function keep(
  { startLoader, problemLine }: Loader,
  settings: LoaderOptions,
  { signal }: Io,
  out: Output,
  say: (line: string) => void,
): Promise<ExitCode> {
  await using running = startLoader({
    ...settings,
    onError: error => say(`tenantry: ${error.code}: ${error.message}`),
  });
  let imports = 0;
  let told: string | undefined;
  const watching = running.status$.subscribe(({ report, imports: done }) => {
    if (!report || done === imports) return;
    imports = done;
    // What goes on to be wrong was said once, and that all is the same is no news.
    const { written, news } = newsOf(report);
    if (written === 0 && news === told) return;
    told = news;
    void print({ problemLine }, report, out, say).catch(() => undefined);
  });
  if (!signal.aborted) await new Promise(stop => signal.addEventListener('abort', stop, { once: true }));
  watching.unsubscribe();
  return EXIT.done;
}

/** How many values an import wrote, and all else that it has to tell. */
function newsOf(report: LoadReport): { readonly written: number; readonly news: string } {
  const { items, problems, warnings, counts, prune } = report;
  const rest = items.filter(({ action }) => action === 'refused' || action === 'drift');
  return {
    written: counts.create + counts.update + counts.overwrite + counts.prune,
    news: JSON.stringify([rest, problems, warnings, prune]),
  };
}

async function print(
  { problemLine }: Pick<Loader, 'problemLine'>,
  report: LoadReport,
  out: Output,
  say: (line: string) => void,
): Promise<void> {
  const { items, problems, warnings, counts, files, prune } = report;
  for (const each of [...problems, ...warnings]) say(problemLine(each));
  const told = items.filter(({ action }) => action !== 'same' && action !== 'kept');
  const lines = told.map(({ action, scope, config, path, message }) =>
    [`${action} ${config} of ${scope} (${path})`, message].filter(Boolean).join(': '),
  );
  const left =
    prune.refusal === undefined || prune.orphans === 0
      ? []
      : [`${prune.orphans} that no file says any more left as they are: ${prune.refusal}`];
  const sum = Object.entries(counts).flatMap(([action, count]) => (count > 0 ? [`${count} ${action}`] : []));
  await out.one(report, [...lines, ...left, `${files} files: ${sum.join(', ') || 'nothing'}`]);
}

async function readConfig(file: string): Promise<LoadConfig> {
  let options: unknown;
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown };
    options = typeof module.default === 'function' ? await module.default() : await module.default;
  } catch (error) {
    // Its message may hold what it opened: an address with a password. A code is a word.
    const { name, code } = (error ?? {}) as { readonly name?: string; readonly code?: unknown };
    const why = typeof code === 'string' && /^\w+$/.test(code) ? ` (${code})` : '';
    throw new Failure('INVALID_OPTION', `The config ${file} failed with ${name ?? typeof error}${why}.`);
  }
  if (typeof options === 'object' && options !== null && 'orm' in options) return options as LoadConfig;
  throw new Failure(
    'INVALID_OPTION',
    `The default export of ${file} must be { orm, … } or a function that returns it.`,
  );
}
