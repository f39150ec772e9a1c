#!/usr/bin/env node
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { TenantryError } from '@tenantry/protocol';
import { startWorker } from './start-worker.ts';
import type { WorkerOptions } from './worker-options.ts';

const USAGE = `Usage: tenantry-worker --config FILE

FILE is an ES module whose default export is the options of startWorker, { orm, redis, … }, or an async function that
returns them. The program ends the ORM and the connection it is given. SIGINT and SIGTERM end it after the jobs under way.`;

await main().catch(error => {
  const what =
    error instanceof TenantryError
      ? `${error.code}: ${error.message}`
      : error instanceof Error
        ? error.message
        : String(error);
  process.stderr.write(`tenantry-worker: ${what}\n`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string', short: 'c' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  if (!values.config) throw new TenantryError('INVALID_OPTION', `\`--config\` is missing.\n${USAGE}`);
  const options = await loadConfig(values.config);
  const worker = await startWorker({ onError: reportError, ...options });
  process.stdout.write('tenantry-worker: ready\n');
  await new Promise<void>(stop => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  });
  await worker.close();
  await options.orm.close();
  options.redis.disconnect();
  process.stdout.write('tenantry-worker: stopped\n');
}

async function loadConfig(file: string): Promise<WorkerOptions> {
  const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  const exported = module.default;
  const options = typeof exported === 'function' ? await exported() : exported;
  if (typeof options === 'object' && options !== null && 'orm' in options && 'redis' in options)
    return options as WorkerOptions;
  throw new TenantryError(
    'INVALID_OPTION',
    `The default export of ${file} must be { orm, redis } or a function that returns them.`,
  );
}

/** A driver's message may hold SQL with values; the name and code say enough to look further. */
function reportError(error: unknown): void {
  const { name, code, message } = error as Error & { code?: string };
  const text = error instanceof TenantryError ? message : `${name}${code ? ` (${code})` : ''}`;
  process.stderr.write(`tenantry-worker: ${text}\n`);
}
