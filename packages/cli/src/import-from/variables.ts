import { CollectedValues } from './collect-values.ts';
import type { ImportMap } from './import-map.ts';
import type { Imported, ImportSource } from './imported.ts';
import { scalarOf } from './scalar-of.ts';

/** One variable with the name that its source has for it. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Where it stands in its file. */
  readonly line?: number | undefined;
}

/** What the environment's variables begin with that are meant. */
export const DEFAULT_PREFIX = 'TENANTRY_IMPORT_';

/**
 * Values from variables. Where the map does not say otherwise, `SMTP_SERVER__HOST` is the part `/host` of the config `smtp-server`: in lower case, `__` goes a
 * name deeper, `_` is a hyphen in the name of the config and stays below it.
 */
export function fromVariables(
  variables: readonly Variable[],
  { prefix = '', scope = 'global', file }: Pick<ImportSource, 'prefix' | 'scope' | 'file'>,
  map: ImportMap,
): Imported {
  const values = new CollectedValues(file);
  for (const { name, value, line } of variables) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    const mapped = map.configOf(name) ?? (rest === undefined ? undefined : map.configOf(rest));
    const isLeftOut = map.configOf(name) === null || (rest !== undefined && map.configOf(rest) === null);
    if (isLeftOut || (mapped === undefined && rest === undefined)) continue;
    if (mapped) {
      values.put(name, scope, mapped.config, mapped.path, mapped.as === 'text' ? value : scalarOf(value), line);
      continue;
    }
    const [config = '', ...path] = (rest as string).toLowerCase().split('__');
    if (config === '' || path.includes(''))
      values.note(name, 'a part of its name is empty: say in a map which config it is');
    else values.put(name, scope, config.replaceAll('_', '-'), path, scalarOf(value), line);
  }
  return values.done();
}

/** The same from the environment of this process: what begins with the prefix, or stands in the map. */
export function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { prefix = DEFAULT_PREFIX, scope }: Pick<ImportSource, 'prefix' | 'scope'>,
  map: ImportMap,
): Imported {
  const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  return fromVariables(
    variables.sort((a, b) => (a.name < b.name ? -1 : 1)),
    { prefix, scope, file: 'environment' },
    map,
  );
}
