import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TenantryError } from '@tenantry/protocol';
import { errorLine } from '@tenantry/protocol/internal';
import type { AdminOptions } from './admin-options.ts';

/** What the config file of the program exports. */
export interface AdminConfig extends AdminOptions {
  /** Default 4000. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Closes what else the file has opened, after the ORM and the client. */
  readonly close?: (() => unknown) | undefined;
}

/** The options that a config file exports, or that the function it exports returns. `INVALID_OPTION` where there are none. */
export async function loadConfig(file: string): Promise<AdminConfig> {
  if (!existsSync(resolve(file))) throw new TenantryError('INVALID_OPTION', `The config ${file} is not there.`);
  let options: unknown;
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown };
    options = typeof module.default === 'function' ? await module.default() : await module.default;
  } catch (error) {
    throw new TenantryError('INVALID_OPTION', `The config ${file} failed with ${errorLine(error)}`);
  }
  if (typeof options === 'object' && options !== null && 'orm' in options && 'client' in options)
    return options as AdminConfig;
  throw new TenantryError(
    'INVALID_OPTION',
    `The default export of ${file} must be { orm, client, … } or a function that returns them.`,
  );
}
