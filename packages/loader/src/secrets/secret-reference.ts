import { createHash } from 'node:crypto';
import type { Scope } from '@tenantry/protocol';
import { pointerPart } from '../documents/tree.ts';

/** Where a secret really stands: a file of configuration says this instead of the secret. */
export type SecretReference = {
  /** `json`: the text there is JSON, for secrets that are no text. Default `text`. */
  readonly as?: 'text' | 'json' | undefined;
} & ({ readonly env: string } | { readonly file: string });

/** A reference as it stands in a value. */
export interface SecretPlace {
  readonly $secret: SecretReference;
}

/** A map with this one name is a reference. */
const NAME = '$secret';

/** The reference that an export writes for a secret: an environment variable, named after scope and config. */
export function secretReference(scope: Scope, config: string, json: string): SecretPlace {
  const env = variableOf(scope, config);
  return { $secret: typeof JSON.parse(json) === 'string' ? { env } : { env, as: 'json' } };
}

/** The same for no two configs: what capitals cannot say is said by a hash. */
function variableOf(scope: Scope, config: string): string {
  const [kind = '', ...name] = scope.split('/');
  const parts = [
    kind === 'global' ? 'global' : kind.slice(0, -1),
    ...(kind === 'global' ? [] : [name.join('/')]),
    config,
  ];
  const variable = ['tenantry', ...parts].map(part => part.toUpperCase().replace(/[^A-Z0-9]/g, '_')).join('_');
  if (parts.every(part => /^[a-z0-9]+$/.test(part))) return variable;
  const hash = createHash('sha256').update(`${scope}\0${config}`).digest('hex').slice(0, 8).toUpperCase();
  return `${variable}_${hash}`;
}

/** A place in a value where a reference stands, or something that looks like one. */
export interface FoundReference {
  readonly pointer: string;
  /** Undefined: it is none. */
  readonly reference: SecretReference | undefined;
}

/** All references in a value. */
export function referencesIn(value: unknown, pointer = ''): FoundReference[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Object.hasOwn(value, NAME)) return [{ pointer, reference: checked(value as Partial<SecretPlace>) }];
  return Object.entries(value).flatMap(([name, part]) => referencesIn(part, pointer + pointerPart(name)));
}

/** The value with something else in the place of each reference. */
export function replaceReferences(value: unknown, replace: (found: FoundReference) => unknown, pointer = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, NAME)) return replace({ pointer, reference: checked(value as Partial<SecretPlace>) });
  if (Array.isArray(value)) return value.map((item, i) => replaceReferences(item, replace, `${pointer}/${i}`));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, replaceReferences(part, replace, pointer + pointerPart(name))]),
  );
}

function checked(place: Partial<SecretPlace>): SecretReference | undefined {
  const { [NAME]: given } = place;
  if (Object.keys(place).length !== 1 || typeof given !== 'object' || given === null) return undefined;
  const { env, file, as, ...rest } = given as Partial<Record<'env' | 'file' | 'as', unknown>>;
  if (Object.keys(rest).length > 0 || (as !== undefined && as !== 'text' && as !== 'json')) return undefined;
  const isOne = (env === undefined) !== (file === undefined);
  const source = env ?? file;
  return isOne && typeof source === 'string' && source !== '' ? (given as SecretReference) : undefined;
}
