import type { EvaluationContext } from '@openfeature/server-sdk';
import type { AnyConfig } from '@tenantry/protocol';
import {
  checkOptions,
  fn,
  isConfig,
  LONGEST_TIMER_MS,
  refuseOption,
  required,
  whole,
} from '@tenantry/protocol/internal';
import type { Client } from '@tenantry/sdk';

/** A list, where the name of a config is its flag key, or an object with flag keys of your own. */
export type ProviderConfigs = readonly AnyConfig[] | Readonly<Record<string, AnyConfig>>;

/** Options of `createProvider`. */
export interface ProviderOptions {
  /** The configs that can be evaluated. */
  readonly configs: ProviderConfigs;
  /** The tenant of an evaluation; undefined: it has none. Answers without a promise. Default: the context's `targetingKey`. */
  readonly tenantOf?: ((context: EvaluationContext) => string | number | bigint | undefined) | undefined;
  /**
   * True: the flag is switched off, and callers get their own defaults. Asked with the whole value of the config. Default: only a config that
   * was deregistered is.
   */
  readonly isDisabled?: ((value: unknown, flagKey: string) => boolean) | undefined;
  /** The longest that `initialize` waits until the client has reached Redis, in ms. Default 5,000. */
  readonly initializeTimeoutMs?: number | undefined;
}

/** The options with every default filled in, and the configs by flag key. */
export interface CheckedProviderOptions {
  readonly configs: ReadonlyMap<string, AnyConfig>;
  readonly tenantOf: (context: EvaluationContext) => unknown;
  readonly isDisabled: (value: unknown, flagKey: string) => boolean;
  /** The application has its own say about it, each time. */
  readonly mayBeDisabled: boolean;
  readonly initializeTimeoutMs: number;
}

const INITIALIZE_TIMEOUT_MS = 5_000;

/** Throws `INVALID_OPTION`, which shows what arrived. */
export function checkProviderOptions(client: Client, options: ProviderOptions): CheckedProviderOptions {
  if (typeof client?.tenant !== 'function')
    refuseOption('The client of createProvider', 'a client of `createClient`', client);
  const checked = checkOptions('createProvider', options, {
    configs: required('a list of configs, or an object of them by flag key', areConfigs),
    tenantOf: fn((context: EvaluationContext) => context.targetingKey),
    isDisabled: fn(() => false),
    initializeTimeoutMs: whole(1, LONGEST_TIMER_MS, INITIALIZE_TIMEOUT_MS),
  });
  return {
    ...checked,
    mayBeDisabled: options.isDisabled !== undefined,
    configs: new Map(entriesOf(options.configs)),
  };
}

function areConfigs(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const configs: unknown[] = Object.values(value);
  return configs.every(config => typeof config === 'object' && config !== null && isConfig(config as AnyConfig));
}

function entriesOf(configs: ProviderConfigs): [string, AnyConfig][] {
  return Array.isArray(configs) ? configs.map(config => [config.name, config]) : Object.entries(configs);
}
