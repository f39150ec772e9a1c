import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyConfig } from '@tenantry/protocol';
import { errorLine, isConfig } from '@tenantry/protocol/internal';
import { wrongUse } from '../failures/failure.ts';

/** The configs that a module exports, each by itself or in lists. `INVALID_OPTION` for a module that fails, has none, or has two of one name. */
export async function loadDefinitions(file: string): Promise<readonly AnyConfig[]> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw wrongUse(`The definitions ${file} failed with ${errorLine(error)}`);
  }
  const found = new Map<string, AnyConfig>();
  for (const config of Object.values(module).flatMap(configsIn)) {
    const known = found.get(config.name);
    if (known && known !== config) throw wrongUse(`${file} exports two configs named "${config.name}".`);
    found.set(config.name, config);
  }
  if (found.size === 0)
    throw wrongUse(`${file} exports no config: export what \`defineConfig\` makes, or lists of it.`);
  return [...found.values()];
}

function configsIn(exported: unknown): readonly AnyConfig[] {
  if (Array.isArray(exported)) return exported.flatMap(configsIn);
  return typeof exported === 'object' && exported !== null && isConfig(exported as AnyConfig)
    ? [exported as AnyConfig]
    : [];
}
