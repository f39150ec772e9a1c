import { parse } from 'yaml';
import { wrongUse } from '../failures/failure.ts';
import { toScope } from '../values/scope.ts';

/** Where something goes: a config, perhaps a part of it. */
export interface Destination {
  readonly config: string;
  /** Names from the value down to the part; empty: the whole value. */
  readonly path: readonly string[];
  /** `text`: also where it looks like a number or like JSON. */
  readonly as: 'scalar' | 'text';
}

/** Which names become which configs and scopes. */
export interface ImportMap {
  /** Undefined: the map does not say. Null: it is left out on purpose. */
  configOf(name: string): Destination | null | undefined;
  scopeOf(name: string): string | null | undefined;
}

/** Says nothing. */
export const NO_MAP: ImportMap = { configOf: () => undefined, scopeOf: () => undefined };

/**
 * A map from a file, YAML or JSON: `configs` from a name of the other system to `config`, `config#/path/below`, `{ to, as: text }` or null, and
 * `scopes` from a cluster or an environment to a scope or null. `INVALID_OPTION`.
 */
export function readImportMap(text: string, file: string): ImportMap {
  const content = contentOf(text, file);
  for (const name of Object.keys(content))
    if (!['configs', 'scopes'].includes(name))
      throw wrongUse(`${file}: "${name}" is none of \`configs\` and \`scopes\`.`);
  const configs = tableOf(content.configs, file, 'configs', (given, name) => destinationOf(given, name, file));
  const scopes = tableOf(content.scopes, file, 'scopes', (given, name) => {
    if (typeof given === 'string') return toScope(given);
    throw wrongUse(`${file}: the scope of "${name}" must be a text such as groups/eu, or null.`);
  });
  return { configOf: name => configs.get(name), scopeOf: name => scopes.get(name) };
}

function contentOf(text: string, file: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parse(text, { uniqueKeys: true });
  } catch (error) {
    throw wrongUse(`${file} is neither YAML nor JSON: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as never;
  throw wrongUse(`${file} must have \`configs\`, \`scopes\`, or both.`);
}

function tableOf<T>(given: unknown, file: string, what: string, of: (given: unknown, name: string) => T) {
  if (given === undefined || given === null) return new Map<string, T | null>();
  if (typeof given !== 'object' || Array.isArray(given)) throw wrongUse(`${file}: \`${what}\` must be a map of names.`);
  return new Map(Object.entries(given).map(([name, each]) => [name, each === null ? null : of(each, name)]));
}

function destinationOf(given: unknown, name: string, file: string): Destination {
  const { to, as = 'scalar', ...rest } = (typeof given === 'object' ? given : { to: given }) as Record<string, unknown>;
  const isKnown = Object.keys(rest).length === 0 && (as === 'text' || as === 'scalar');
  if (typeof to !== 'string' || to === '' || !isKnown)
    throw wrongUse(`${file}: "${name}" must be a config, config#/path, { to, as: text } or null.`);
  const at = to.indexOf('#');
  const pointer = at === -1 ? '' : to.slice(at + 1);
  if (pointer !== '' && !pointer.startsWith('/'))
    throw wrongUse(`${file}: behind the # of "${name}" must stand a JSON Pointer, which begins with a slash.`);
  const path = pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { config: at === -1 ? to : to.slice(0, at), path, as };
}
