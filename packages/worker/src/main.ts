#!/usr/bin/env node
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { TenantryError, withoutValues } from '@tenantry/protocol';
import { within } from '@tenantry/redis';
import { errorLine } from './error-line.ts';
import { reportTrouble } from './report-trouble.ts';
import { startWorker } from './start-worker.ts';
import { checkWorkerOptions, type WorkerOptions } from './worker-options.ts';

const USAGE = `Usage: tenantry-worker --config FILE

Runs the relay and the janitors of Tenantry until SIGTERM or SIGINT; then lets what is under way end. A second signal
ends it at once.

  -c, --config FILE   an ES module whose default export is the options of startWorker, { orm, redis, … }, or a
                      function that returns them, async or not; its orm and redis are closed at the end
  -h, --help          shows this

Exit code 0 after a signal, 1 after an error.
`;

// At once: a signal during a slow start must end it, too.
const signalled = new Promise<void>(stop => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
});
// Node would print the whole error, with whatever stands on it.
process.on('uncaughtException', fail);

main().then(() => process.exit(0), fail);

function fail(error: unknown): never {
  say(process.stderr, errorLine(error));
  process.exit(1);
}

function say(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`tenantry-worker: ${line}\n`);
}

async function main(): Promise<void> {
  const { config, help } = parseArguments();
  if (help) return void process.stdout.write(USAGE);
  if (!config) throw new TenantryError('INVALID_OPTION', '`--config FILE` is missing; see `tenantry-worker --help`.');
  const options = await Promise.race([loadConfig(config), signalled]);
  if (!options) return;
  const report = reportTrouble(error => say(process.stderr, errorLine(error)));
  const { orm, redis, closeTimeoutMs } = checkWorkerOptions(options);
  redis.on('error', error => report(withoutValues(error, 'The connection to Redis')));
  const worker = await startWorker({ ...options, onError: options.onError ?? report });
  say(process.stdout, 'ready');
  await signalled;
  say(process.stdout, 'stopping');
  await worker.close();
  redis.disconnect();
  await within(closeTimeoutMs, 'Closing the ORM', orm.close()).catch(error =>
    report(withoutValues(error, 'Closing the ORM')),
  );
  say(process.stdout, 'stopped');
}

function parseArguments(): { config?: string | undefined; help?: boolean | undefined } {
  try {
    return parseArgs({
      options: { config: { type: 'string', short: 'c' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    const [what] = errorLine(error)
      .replace(/^TypeError: /, '')
      .split('. ');
    throw new TenantryError('INVALID_OPTION', `${what}; see \`tenantry-worker --help\`.`);
  }
}

async function loadConfig(file: string): Promise<WorkerOptions> {
  let options: unknown;
  try {
    const { default: exported } = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    options = typeof exported === 'function' ? await exported() : exported;
  } catch (error) {
    throw new TenantryError('INVALID_OPTION', `The config ${file} failed with ${errorLine(error)}`);
  }
  if (typeof options === 'object' && options !== null && 'orm' in options && 'redis' in options)
    return options as WorkerOptions;
  throw new TenantryError(
    'INVALID_OPTION',
    `The default export of ${file} must be { orm, redis, … } or a function that returns them.`,
  );
}
