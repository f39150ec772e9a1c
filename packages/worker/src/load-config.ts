import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TenantryError } from '@tenantry/protocol';
import { errorLine } from '@tenantry/protocol/internal';
import { importTrouble } from './cli/import-trouble.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The options that a config file exports, or that the function it exports returns. `INVALID_OPTION` where there are none. */
export async function loadConfig(file: string): Promise<WorkerOptions> {
  if (!existsSync(resolve(file))) throw new TenantryError('INVALID_OPTION', `The config ${file} is not there.`);
  let options: unknown;
  try {
    const exported = defaultOf(await import(pathToFileURL(resolve(file)).href));
    options = typeof exported === 'function' ? await exported() : await exported;
  } catch (error) {
    const trouble = importTrouble(error, resolve(file));
    throw new TenantryError('INVALID_OPTION', `The config ${file} failed with ${errorLine(error)}${trouble}`);
  }
  if (isOptions(options)) return options;
  throw new TenantryError(
    'INVALID_OPTION',
    `The default export of ${file} must be { orm, redis, … } or a function that returns them.`,
  );
}

/** Imported from CommonJS, the default export is all of `exports`; what TypeScript and others compiled has its own default in there. */
function defaultOf(module: { readonly default?: unknown }): unknown {
  const exported = module.default;
  const isCompiled = typeof exported === 'object' && exported !== null && !isOptions(exported) && 'default' in exported;
  return isCompiled ? exported.default : exported;
}

function isOptions(value: unknown): value is WorkerOptions {
  return typeof value === 'object' && value !== null && 'orm' in value && 'redis' in value;
}
