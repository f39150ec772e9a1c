import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { toJsonText } from '../wire/json-text.ts';
import { deepFreeze } from '../wire/payload.ts';
import { checkConfigOptions } from './config-options.ts';
import { DEFAULT_MAX_BYTES } from './define-sync.ts';
import type { Definition } from './definition.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { DefaultedRef, Ref } from './ref.ts';

/** When a write is acknowledged, and what Redis has then: docs/guides/choosing-a-write-policy.md. */
export type WritePolicy = 'write-through' | 'write-around' | 'write-back';

/** What a write-back waits for: Redis's memory, its disk, or so many of its replicas. */
export type Durability = 'memory' | 'fsync' | { readonly replicas: number };

/** The options of `defineConfig`. Durations are milliseconds or text with a unit: `"30s"`. */
export interface ConfigOptions<S extends StandardSchemaV1 = StandardSchemaV1> {
  /** Unique among all configs: 1 to 120 characters of A–Z a–z 0–9 . _ - in parts separated by "/". */
  readonly name: string;
  /** Any Standard Schema (zod, valibot, arktype …) that validates synchronously. What is stored is its input, as JSON; readers get its output. */
  readonly schema: S;
  /** What readers get where nothing is set. As one would set it: the schema's input. */
  readonly default?: StandardSchemaV1.InferInput<S>;
  /** Groups to list and look at it by; names as above. */
  readonly group?: string | readonly string[];
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
}

/** A config known to both sides, and the ref of its value. Made by `defineConfig`. */
export interface ConfigDefinition<T = unknown, I = unknown> extends Definition, Ref<T> {
  readonly kind: 'config';
  readonly definition: ConfigDefinition<T, I>;
  readonly tenant: string;
  readonly schema: StandardSchemaV1<I, T>;
  readonly groups: readonly string[];
  readonly writePolicy: WritePolicy;
  readonly durability: Durability;
  readonly ttlMs: number | undefined;
  readonly ttlJitter: number;
  readonly maxStaleMs: number | undefined;
  readonly retryThrottleMs: number;
  readonly negativeTtlMs: number;
  readonly eagerRefresh: number | undefined;
  readonly configKey: string;
  readonly cacheKey: string;
  readonly cache: 'replicated' | 'local' | 'off';
  readonly persistence: 'database' | 'none';
  readonly databaseTimeoutMs: number;
  readonly cacheTimeoutMs: number;
  readonly maxBytes: number;
  readonly keepRevisions: number | undefined;
  readonly secret: boolean;
  /** Frozen; undefined where it has none. */
  readonly default: T | undefined;
  /** The same as it would be stored, JSON text. */
  readonly defaultJson: string | undefined;
}

/** A config that always has a value. */
export interface DefaultedConfig<T = unknown, I = unknown> extends ConfigDefinition<T, I>, DefaultedRef<T> {
  readonly definition: DefaultedConfig<T, I>;
  readonly default: T;
}

/** Any config, for what does not look at its value. */
export type AnyConfig = ConfigDefinition<unknown, unknown>;

const DEFAULTS = Object.freeze({
  retryThrottle: '1s',
  negativeTtl: '5s',
  databaseTimeout: '2s',
  cacheTimeout: '200ms',
});

/** In the place of a tenant property: a config always belongs to the tenant it is asked of. */
const OF_THE_TENANT = '@tenant';

/**
 * Defines a typed config, `defineConfig({ name, schema, default, group, writePolicy, ttl })`, for the side that writes
 * it and the sides that read it. What does not go together is an `INVALID_DEFINITION` error with the reason.
 */
export function defineConfig<S extends StandardSchemaV1>(
  options: ConfigOptions<S> & { readonly default: StandardSchemaV1.InferInput<S> },
): DefaultedConfig<StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>>;
export function defineConfig<S extends StandardSchemaV1>(
  options: ConfigOptions<S>,
): ConfigDefinition<StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>>;
export function defineConfig(options: ConfigOptions): ConfigDefinition {
  checkConfigOptions(options);
  const { name, schema, group = [], configKey = name, cacheKey = configKey } = options;
  const span = <N extends keyof ConfigOptions>(option: N, fallback?: Duration) => {
    const value = (options[option] ?? fallback) as Duration | undefined;
    return value === undefined ? undefined : parseDuration(`"${name}": \`${option}\``, value);
  };
  const definition: { -readonly [P in keyof ConfigDefinition]: ConfigDefinition[P] } = {
    kind: 'config',
    name,
    tenant: OF_THE_TENANT,
    address: configAddress(cacheKey),
    definition: undefined as never,
    schema,
    groups: Object.freeze([...new Set(typeof group === 'string' ? [group] : group)]),
    writePolicy: options.writePolicy ?? 'write-through',
    durability: options.durability ?? 'memory',
    ttlMs: span('ttl'),
    ttlJitter: options.ttlJitter ?? 0,
    maxStaleMs: span('maxStale'),
    retryThrottleMs: span('retryThrottle', DEFAULTS.retryThrottle as Duration) as number,
    negativeTtlMs: span('negativeTtl', DEFAULTS.negativeTtl as Duration) as number,
    eagerRefresh: options.eagerRefresh,
    configKey,
    cacheKey,
    cache: options.cache ?? 'replicated',
    persistence: options.persistence ?? 'database',
    databaseTimeoutMs: span('databaseTimeout', DEFAULTS.databaseTimeout as Duration) as number,
    cacheTimeoutMs: span('cacheTimeout', DEFAULTS.cacheTimeout as Duration) as number,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    keepRevisions: options.keepRevisions,
    secret: options.secret ?? false,
    default: undefined,
    defaultJson: undefined,
  };
  definition.definition = definition;
  if (options.default !== undefined) setDefault(definition, options.default);
  return Object.freeze(definition);
}

/** Where a config stands in Redis, and its record's name there: escaping never yields an `@`, so no entity has it. */
export function configAddress(cacheKey: string): string {
  return `@config:${cacheKey.replaceAll('/', '%2F')}`;
}

/** Whether a definition is a config's. */
export function isConfig(definition: Definition): definition is ConfigDefinition {
  return (definition as Partial<ConfigDefinition>).kind === 'config';
}

/**
 * The JSON text of a value that the schema accepts. `NOT_JSON`, `INVALID_VALUE` with every issue and its path, or
 * `PAYLOAD_TOO_LARGE`; no message holds the value.
 */
export function encodeConfigValue(definition: AnyConfig, value: unknown): string {
  const { name, maxBytes } = definition;
  const text = toJsonText(value);
  accepted(definition, JSON.parse(text));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new TenantryError(
      'PAYLOAD_TOO_LARGE',
      `"${name}": the value takes ${bytes} bytes, its limit is ${maxBytes} (\`maxBytes\`): nothing was written.`,
    );
  return text;
}

/** What readers get for a stored value: the schema's output, frozen in depth. `INVALID_VALUE` where the schema refuses it. */
export function parseConfigValue<T>(definition: ConfigDefinition<T, unknown>, stored: unknown): T {
  return deepFreeze(accepted(definition, stored));
}

function accepted<T>(definition: ConfigDefinition<T, unknown>, stored: unknown): T {
  const { name, schema, secret } = definition;
  let result: StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>;
  try {
    result = schema['~standard'].validate(stored) as StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>;
  } catch (error) {
    // Without the cause: it may quote the value.
    throw new TenantryError('INVALID_VALUE', `"${name}": its schema threw a ${nameOf(error)} instead of an answer.`);
  }
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new TenantryError(
      'INVALID_DEFINITION',
      `"${name}": its schema does not answer at once: it validates asynchronously, or one of its functions threw. A config must be readable at once.`,
    );
  }
  if (!result.issues) return result.value;
  const issues = result.issues.map(({ path, message }) => ({
    path: pathText(path),
    // A schema's own words may quote what it got.
    message: secret ? 'refused' : message,
  }));
  const list = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw new TenantryError('INVALID_VALUE', `"${name}": its schema refuses the value: ${list}.`, {
    details: { issues },
  });
}

function setDefault(
  definition: { -readonly [P in keyof ConfigDefinition]: ConfigDefinition[P] },
  value: unknown,
): void {
  try {
    definition.defaultJson = encodeConfigValue(definition, value);
    definition.default = parseConfigValue(definition, JSON.parse(definition.defaultJson));
  } catch (error) {
    if (!(error instanceof TenantryError) || error.code === 'INVALID_DEFINITION') throw error;
    throw new TenantryError('INVALID_DEFINITION', `The default of ${error.message}`, { cause: error });
  }
}

function pathText(path: StandardSchemaV1.Issue['path']): string {
  return (path ?? [])
    .map(part => (typeof part === 'object' ? part.key : part))
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : describeArrived(error);
}
