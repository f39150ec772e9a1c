import { Failure, wrongUse } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { required, text, whole } from '../../program/options.ts';
import { loadPart } from './load-part.ts';

/** `dev` */
export const dev = defineCommand({
  details: [
    'Serves the admin’s page and API over a folder of configuration files until Ctrl-C, without MySQL or Redis, for this machine alone: it is @tenantry/dev, which has to be installed. What is changed on the page is written into the files, and what is saved there is seen at once. Versions, history and the audit log begin with the program.',
    'Services on this machine read the same folder by themselves, with `openFolder` of @tenantry/dev.',
  ],
  args: { dir: required('the folder of configuration files', 'file') },
  options: {
    definitions: text('a module that exports what defineConfig makes', { value: 'FILE', short: 'd', names: 'file' }),
    port: whole('default 4000; 0 is any port that is free', { value: 'PORT', short: 'p', range: [0, 65_535] }),
  },
  routes: [],
  examples: ['tenantry dev config --definitions definitions.ts'],
  async run({ args: { dir }, options: { definitions, port }, io, out, say }) {
    if (definitions === undefined)
      throw wrongUse('`--definitions FILE` is missing: the module that exports your configs.');
    const { loadDefinitions, problemLine, startDev } = await loadPart('@tenantry/dev', () => import('@tenantry/dev'));
    const ended = ends(io.signal);
    try {
      const configs = await loadDefinitions(definitions);
      const tell = (found: Parameters<typeof problemLine>[0]) => say(problemLine(found));
      await using served = await startDev({
        dir,
        configs,
        onTrouble: tell,
        onWarning: tell,
        ...(port !== undefined && { port }),
      });
      await out.write(`ready at ${served.url}\n`);
      await ended;
    } catch (error) {
      throw asFailure(error);
    }
    return undefined;
  },
});

/** Resolves with Ctrl-C, and with SIGTERM. */
function ends(signal: AbortSignal): Promise<void> {
  return new Promise(end => {
    if (signal.aborted) end();
    signal.addEventListener('abort', () => end(), { once: true });
    process.once('SIGTERM', () => end());
  });
}

function asFailure(error: unknown): unknown {
  if ((error as { readonly code?: unknown } | undefined)?.code === 'EADDRINUSE')
    return new Failure('UNAVAILABLE', 'The port is taken: choose another one with --port.');
  return error;
}
