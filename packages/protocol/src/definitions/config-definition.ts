import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Durability, WritePolicy } from './config-options.ts';
import type { Definition } from './definition.ts';
import type { DefaultedRef, Ref } from './ref.ts';

/** A config known to both sides, and the ref of its value. Made by `defineConfig`. */
export interface ConfigDefinition<T = unknown, I = unknown> extends Definition, Ref<T> {
  readonly kind: 'config';
  readonly definition: ConfigDefinition<T, I>;
  readonly tenant: string;
  readonly schema: StandardSchemaV1<I, T>;
  /** Its former names. */
  readonly aliases: readonly string[];
  readonly groups: readonly string[];
  /** Whether a tenant's value is its own alone, or that of its groups and the global one too. */
  readonly inherit: 'none' | 'replace' | 'merge';
  /** The lists that `inherit: 'merge'` merges item by item: a JSON Pointer to each, and the property that tells its items apart. */
  readonly mergeListsBy: Readonly<Record<string, string>>;
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
  /** The environment variables that its values may name. */
  readonly expand: readonly string[];
  /** Read-only, as readers get it; undefined where it has none. */
  readonly default: T | undefined;
  /** The same as it would be stored, JSON text. */
  readonly defaultJson: string | undefined;
}

/** A config that always has a value. */
export interface DefaultedConfig<T = unknown, I = unknown> extends ConfigDefinition<T, I>, DefaultedRef<T> {
  readonly definition: DefaultedConfig<T, I>;
  readonly default: T;
}

/** What one scope may say of a config with `inherit: 'merge'`: any part of a value, and of each item of a list. */
// First what has no parts: a text with a brand would else be an object.
export type LayerOf<I> = I extends string | number | boolean | null | undefined
  ? I
  : I extends readonly (infer Item)[]
    ? readonly LayerOf<Item>[]
    : I extends object
      ? { readonly [P in keyof I]?: LayerOf<I[P]> }
      : I;

/** Any config, for what does not look at its value. */
export type AnyConfig = ConfigDefinition<unknown, unknown>;

/** Where a config stands in Redis, and its record's name there: escaping never yields an `@`, so no entity has it. */
export function configAddress(cacheKey: string): string {
  return `@config:${cacheKey.replaceAll('/', '%2F')}`;
}

/** Whether a definition is a config's. */
export function isConfig(definition: Definition): definition is ConfigDefinition {
  return (definition as Partial<ConfigDefinition>).kind === 'config';
}
