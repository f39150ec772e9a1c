import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { errorLine, isConfig } from '@tenantry/protocol/internal';

/**
 * The configs that a module exports: each by itself, or in lists and objects. `INVALID_OPTION` for a module that fails, has none, or has two
 * of one name.
 */
export async function loadDefinitions(file: string): Promise<readonly AnyConfig[]> {
  if (!existsSync(resolve(file))) throw new TenantryError('INVALID_OPTION', `The definitions ${file} are not there.`);
  let module: object;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as object;
  } catch (error) {
    throw new TenantryError('INVALID_OPTION', `The definitions ${file} failed with ${errorLine(error)}`);
  }
  const found = new Map<string, AnyConfig>();
  for (const config of configsIn(module, 0)) {
    const known = found.get(config.name);
    if (known && known !== config)
      throw new TenantryError('INVALID_OPTION', `${file} exports two configs named "${config.name}".`);
    found.set(config.name, config);
  }
  if (found.size > 0) return [...found.values()];
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
