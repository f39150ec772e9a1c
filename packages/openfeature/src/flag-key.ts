import type {
  Client,
  EvaluationContext,
  EvaluationDetails,
  Features,
  FlagEvaluationOptions,
  FlagValueType,
  JsonValue,
} from '@openfeature/server-sdk';
import type { AnyConfig, Ref } from '@tenantry/protocol';

/**
 * The flag keys that an object of configs has for evaluations of one type: `checkout`, and the fields below it such as `checkout.newFlow`,
 * down to four levels. `FlagKey<typeof configs, 'boolean'>`.
 */
export type FlagKey<C extends Readonly<Record<string, AnyConfig>>, T extends FlagValueType> = {
  [K in keyof C & string]: C[K] extends Ref<infer V> ? KeyOf<K, NonNullable<V>, T, Levels> : never;
}[keyof C & string];

/**
 * An OpenFeature client that takes only the flag keys of these configs, each in the calls of its type. A type and nothing else:
 * `const flags: TypedFlags<typeof configs> = OpenFeature.getClient()`.
 */
export interface TypedFlags<C extends Readonly<Record<string, AnyConfig>>> extends Omit<Client, keyof Features> {
  getBooleanValue(flagKey: FlagKey<C, 'boolean'>, fallback: boolean, ...more: More): Promise<boolean>;
  getBooleanDetails(
    flagKey: FlagKey<C, 'boolean'>,
    fallback: boolean,
    ...more: More
  ): Promise<EvaluationDetails<boolean>>;
  getStringValue(flagKey: FlagKey<C, 'string'>, fallback: string, ...more: More): Promise<string>;
  getStringDetails(flagKey: FlagKey<C, 'string'>, fallback: string, ...more: More): Promise<EvaluationDetails<string>>;
  getNumberValue(flagKey: FlagKey<C, 'number'>, fallback: number, ...more: More): Promise<number>;
  getNumberDetails(flagKey: FlagKey<C, 'number'>, fallback: number, ...more: More): Promise<EvaluationDetails<number>>;
  getObjectValue<T extends JsonValue>(flagKey: FlagKey<C, 'object'>, fallback: T, ...more: More): Promise<T>;
  getObjectDetails<T extends JsonValue>(
    flagKey: FlagKey<C, 'object'>,
    fallback: T,
    ...more: More
  ): Promise<EvaluationDetails<T>>;
}

type More = [context?: EvaluationContext, options?: FlagEvaluationOptions];

type Levels = readonly [0, 0, 0, 0];

/** The key itself where its value is of the type, and those of its fields. */
type KeyOf<K extends string, V, T extends FlagValueType, Left extends readonly 0[]> =
  | (TypeOf<V> extends T ? K : never)
  | (V extends Fields
      ? Left extends readonly [0, ...infer Fewer extends readonly 0[]]
        ? { [F in keyof V & string]: KeyOf<`${K}.${F}`, NonNullable<V[F]>, T, Fewer> }[keyof V & string]
        : never
      : never);

/** What has fields that a key can name. */
type Fields = Readonly<Record<string, unknown>>;

type TypeOf<V> = [V] extends [boolean]
  ? 'boolean'
  : [V] extends [string]
    ? 'string'
    : [V] extends [number]
      ? 'number'
      : [V] extends [Fields | readonly unknown[]]
        ? 'object'
        : 'other';
