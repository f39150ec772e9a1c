import type { StandardSchemaV1 } from '@standard-schema/spec';
import { TenantryError } from '../errors/tenantry-error.ts';
import type { ReadOnlyFields } from '../wire/read-only-fields.ts';
import { defineShared } from '../wire/share.ts';
import { type ConfigDefinition, configAddress, type DefaultedConfig, type LayerOf } from './config-definition.ts';
import { type ConfigOptions, checkConfigOptions } from './config-options.ts';
import { encodeConfigValue, parseConfigValue } from './config-value.ts';
import { DEFAULT_MAX_BYTES } from './definition.ts';
import { type Duration, parseDuration } from './duration.ts';

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
  options: ConfigOptions<S> & { readonly inherit: 'merge'; readonly default: StandardSchemaV1.InferInput<S> },
): DefaultedConfig<ReadOnlyFields<StandardSchemaV1.InferOutput<S>>, LayerOf<StandardSchemaV1.InferInput<S>>>;
export function defineConfig<S extends StandardSchemaV1>(
  options: ConfigOptions<S> & { readonly inherit: 'merge' },
): ConfigDefinition<ReadOnlyFields<StandardSchemaV1.InferOutput<S>>, LayerOf<StandardSchemaV1.InferInput<S>>>;
export function defineConfig<S extends StandardSchemaV1>(
  options: ConfigOptions<S> & { readonly default: StandardSchemaV1.InferInput<S> },
): DefaultedConfig<ReadOnlyFields<StandardSchemaV1.InferOutput<S>>, StandardSchemaV1.InferInput<S>>;
export function defineConfig<S extends StandardSchemaV1>(
  options: ConfigOptions<S>,
): ConfigDefinition<ReadOnlyFields<StandardSchemaV1.InferOutput<S>>, StandardSchemaV1.InferInput<S>>;
export function defineConfig(options: ConfigOptions): ConfigDefinition {
  checkConfigOptions(options);
  return makeConfig(options);
}

/** The definition of options that are checked. Tenantry's own configs have names that `defineConfig` refuses. */
export function makeConfig(options: ConfigOptions): ConfigDefinition {
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
    aliases: Object.freeze([...(options.aliases ?? [])]),
    groups: Object.freeze([...new Set(typeof group === 'string' ? [group] : group)]),
    inherit: options.inherit ?? 'none',
    mergeListsBy: Object.freeze({ ...options.mergeListsBy }),
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
    expand: Object.freeze([...(options.expand ?? [])]),
    default: undefined,
    defaultJson: undefined,
  };
  definition.definition = definition;
  if (options.default !== undefined) setDefault(definition, options.default);
  return Object.freeze(definition);
}

function setDefault(
  definition: { -readonly [P in keyof ConfigDefinition]: ConfigDefinition[P] },
  value: unknown,
): void {
  try {
    definition.defaultJson = encodeConfigValue(definition, value);
    defineShared(definition, 'default', parseConfigValue(definition, JSON.parse(definition.defaultJson)));
  } catch (error) {
    if (!(error instanceof TenantryError) || error.code === 'INVALID_DEFINITION') throw error;
    throw new TenantryError('INVALID_DEFINITION', `The default of ${error.message}`, { cause: error });
  }
}
