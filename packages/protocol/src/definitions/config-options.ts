import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  checkedBy,
  firstRefused,
  flag,
  type OptionRule,
  oneOf,
  optional,
  required,
  whole,
} from '../errors/check-options.ts';
import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { conflictOf } from './config-conflicts.ts';
import { checkDefinitionName } from './definition-name.ts';
import { type Duration, parseDuration } from './duration.ts';

/** When a write is acknowledged, and what Redis has then: docs/guides/choosing-a-write-policy.md. */
export type WritePolicy = 'write-through' | 'write-around' | 'write-back';

/** What a write-back waits for: Redis's memory, its disk, or so many of its replicas. */
export type Durability = 'memory' | 'fsync' | { readonly replicas: number };

/** The options of `defineConfig`. Durations are milliseconds or text with a unit: `"30s"`. */
export interface ConfigOptions<S extends StandardSchemaV1 = StandardSchemaV1> {
  /** Unique among all configs: 1 to 120 characters of A–Z a–z 0–9 . _ - in parts separated by "/". */
  readonly name: string;
  /**
   * Former names, under which the store still finds it. Only that: its values stay where they are with `configKey` and `cacheKey`. An alias
   * names one config, never another alias. Default: none.
   */
  readonly aliases?: readonly string[];
  /** Any Standard Schema (zod, valibot, arktype …) that validates synchronously. What is stored is its input, as JSON; readers get its output. */
  readonly schema: S;
  /** What readers get where nothing is set. As one would set it: the schema's input. */
  readonly default?: StandardSchemaV1.InferInput<S>;
  /** Groups to list and look at it by; names as above. */
  readonly group?: string | readonly string[];
  /**
   * Whose values a tenant has: `none`, its own; `replace`, the whole value of the nearest scope that has one: its own, its groups in their
   * order and the groups of those, the global one; `merge`, the plain objects of all of them merged by key, the nearest first. Under `merge`
   * what is set in one scope may be a part of a value: the schema checks what comes of it. Default `none`.
   */
  readonly inherit?: 'none' | 'replace' | 'merge';
  /**
   * The lists that `merge` merges item by item: a JSON Pointer to each, and the property that tells its items apart, `{ '/plans': 'id' }`; `*`
   * is any item of a list. Default: the nearest list replaces the others.
   */
  readonly mergeListsBy?: Readonly<Record<string, string>>;
  /** Default `write-through`. */
  readonly writePolicy?: WritePolicy;
  /** What a write-back waits for. Default `memory`. */
  readonly durability?: Durability;
  /**
   * How long a value counts as fresh for readers that have a source; they load it again then. Without one the feed alone
   * keeps it current. With `persistence: 'none'`: how long the value lives. Default: as long as the feed says nothing newer.
   */
  readonly ttl?: Duration;
  /** Spreads the ttl by up to so much of it either way, from 0 to 1, so that values set together are not loaded together. Default 0. */
  readonly ttlJitter?: number;
  /** How long after its ttl a value may still be shown, as stale, where it cannot be loaded. Default: for ever. */
  readonly maxStale?: Duration;
  /** How long after a failed load no other is tried. Default 1 s. */
  readonly retryThrottle?: Duration;
  /** How long it is remembered that the source has nothing. Default 5 s. A creation ends it at once. */
  readonly negativeTtl?: Duration;
  /** After which part of the ttl, between 0 and 1, a read loads it anew in the background. Default: never. */
  readonly eagerRefresh?: number;
  /** The name of its rows in the database. Default: `name`. Renaming the config and keeping this keeps its values. */
  readonly configKey?: string;
  /** Its name in Redis. Default: `configKey`. */
  readonly cacheKey?: string;
  /** Where values are kept for readers: in Redis and in memory, only in memory, or nowhere (every read loads). Default `replicated`. */
  readonly cache?: 'replicated' | 'local' | 'off';
  /** `none`: only in Redis, without history. Default `database`. */
  readonly persistence?: 'database' | 'none';
  /** The longest that a load or a transaction of its own may take. Default 2 s. */
  readonly databaseTimeout?: Duration;
  /** The longest that a call waits for Redis on its account. Default 200 ms. */
  readonly cacheTimeout?: Duration;
  /** The largest value as JSON text, in bytes. Default 262,144 (256 KiB). */
  readonly maxBytes?: number;
  /** How many versions the history keeps. Default: all. */
  readonly keepRevisions?: number;
  /** Masked in histories, diffs, lists and errors. Default false. */
  readonly secret?: boolean;
  /**
   * The environment variables that texts in its values may name, as `${NAME}` or `${NAME:-default}`: they are replaced by those of the
   * process that reads. No other name is, so a value cannot ask for the reader's secrets. Default: none.
   */
  readonly expand?: readonly string[];
}

const fraction = (expected: string, accepts: (value: number) => boolean) =>
  optional(expected, value => typeof value === 'number' && accepts(value));

/** Each option by itself, in the order in which the error about an unknown one lists them. */
const rulesOf = (name: string): Required<Readonly<Record<keyof ConfigOptions, OptionRule>>> => {
  const checkedName = (what: string) =>
    checkedBy(value => value === undefined || checkName(`"${name}": ${what}`, value));
  const duration = (option: keyof ConfigOptions) =>
    checkedBy(value => value === undefined || parseDuration(`"${name}": \`${option}\``, value));
  return {
    name: checkedBy(() => undefined),
    aliases: optional('a list of names', Array.isArray),
    schema: required('a Standard Schema (zod, valibot, arktype …)', isStandardSchema),
    default: checkedBy(() => undefined),
    group: optional('a name or a list of names', value => typeof value === 'string' || Array.isArray(value)),
    inherit: oneOf(['none', 'replace', 'merge']),
    mergeListsBy: optional('JSON Pointers to lists, each with the name of a property', areListKeys),
    durability: optional('memory, fsync or { replicas: n } with n of at least 1', isDurability),
    ttlJitter: fraction('a number from 0 to 1', value => value >= 0 && value <= 1),
    eagerRefresh: fraction('a number between 0 and 1', value => value > 0 && value < 1),
    configKey: checkedName('its `configKey`'),
    cacheKey: checkedName('its `cacheKey`'),
    maxBytes: whole(1),
    keepRevisions: whole(1),
    secret: flag(),
    expand: optional('a list of names of environment variables', isListOfVariables),
    writePolicy: oneOf(['write-through', 'write-around', 'write-back']),
    cache: oneOf(['replicated', 'local', 'off']),
    persistence: oneOf(['database', 'none']),
    ttl: duration('ttl'),
    maxStale: duration('maxStale'),
    retryThrottle: duration('retryThrottle'),
    negativeTtl: duration('negativeTtl'),
    databaseTimeout: duration('databaseTimeout'),
    cacheTimeout: duration('cacheTimeout'),
  };
};

// The outbox has room for `@config/` before it.
const NAME_LENGTH = 120;

/** Throws `INVALID_DEFINITION`: each option by itself, then what does not go together. */
export function checkConfigOptions(options: ConfigOptions): void {
  checkName('The name of a config', (options as Partial<ConfigOptions> | undefined)?.name);
  const refuse = (what: string, got: unknown): never => {
    throw new TenantryError('INVALID_DEFINITION', `"${options.name}": ${what}, got ${describeArrived(got)}.`);
  };
  const rules = rulesOf(options.name);
  const known = Object.keys(rules);
  for (const option of Object.keys(options))
    if (!known.includes(option)) refuse(`there is no such option; it takes ${known.join(', ')}`, option);
  const refused = firstRefused(options, rules);
  if (refused) refuse(`\`${refused.name}\` must be ${refused.expected}`, refused.value);
  for (const group of [options.group ?? []].flat()) checkName(`"${options.name}": a group`, group);
  checkAliases(options);
  const conflict = conflictOf({ ...options });
  if (conflict !== undefined) throw new TenantryError('INVALID_DEFINITION', `"${options.name}": ${conflict}.`);
}

function checkAliases({ name, aliases = [] }: ConfigOptions): void {
  for (const alias of aliases) checkName(`"${name}": an alias`, alias);
  const twice = aliases.find((alias, i) => alias === name || aliases.indexOf(alias) !== i);
  if (twice !== undefined)
    throw new TenantryError(
      'INVALID_DEFINITION',
      twice === name
        ? `"${name}": it cannot be an alias of itself. List only its former names.`
        : `"${name}": the alias "${twice}" is in the list twice.`,
    );
}

function areListKeys(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([pointer, key]) => /^(\/([^~/]|~[01])*)*$/.test(pointer) && typeof key === 'string' && key !== '',
  );
}

function isStandardSchema(value: unknown): boolean {
  return typeof (value as Partial<StandardSchemaV1> | null | undefined)?.['~standard']?.validate === 'function';
}

function isListOfVariables(value: unknown): boolean {
  return Array.isArray(value) && value.every(name => typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
}

function isDurability(value: unknown): boolean {
  if (typeof value === 'string') return value === 'memory' || value === 'fsync';
  if (typeof value !== 'object' || value === null) return false;
  const { replicas } = value as { replicas?: unknown };
  return Number.isSafeInteger(replicas) && (replicas as number) >= 1;
}

function checkName(what: string, name: unknown): void {
  checkDefinitionName(what, name, NAME_LENGTH);
}
