import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { errorLine, isConfig } from '@tenantry/protocol/internal';

/** The configs that a module exports: each by itself, or in lists and objects. `INVALID_OPTION` where it cannot be loaded, or exports none. */
export async function loadConfigs(file: string): Promise<readonly AnyConfig[]> {
  let module: object;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as object;
  } catch (error) {
    throw new TenantryError('INVALID_OPTION', `The definitions ${file} failed with ${errorLine(error)}`);
  }
  const found = new Set(configsIn(module, 0));
  if (found.size > 0) return [...found];
  throw new TenantryError(
    'INVALID_OPTION',
    `${file} exports no config: export what \`defineConfig\` makes, or a list of it.`,
  );
}

const DEEPEST = 2;

function configsIn(value: unknown, depth: number): AnyConfig[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isConfig(value as AnyConfig)) return [value as AnyConfig];
  return depth > DEEPEST ? [] : Object.values(value).flatMap(each => configsIn(each, depth + 1));
}
