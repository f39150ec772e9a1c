import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { DEFAULT_MAX_BYTES, type Definition } from './definition.ts';
import { checkDefinitionName } from './definition-name.ts';
import type { Ref } from './ref.ts';
import type { KeyProperty, Property, Replicated } from './replicated.ts';
import { refAddress } from './sync-key.ts';

type Keys<E> = { readonly [name: string]: readonly [KeyProperty<E>, ...KeyProperty<E>[]] };
type KeyValuesOf<E, Props extends readonly unknown[]> = {
  readonly [P in Props[number] & keyof Replicated<E>]: NonNullable<Replicated<E>[P]>;
};
type Visible<E, P, O> = [P] extends [never]
  ? Omit<Replicated<E>, O & string>
  : Pick<Replicated<E>, P & keyof Replicated<E>>;

/** The options of `defineSync`. */
export interface SyncOptions<E, K extends Keys<E>, P extends Property<E>, O extends Property<E>> {
  /** Unique among all definitions; part of every Redis name, so renaming it is a new source. */
  readonly name: string;
  /** The property that holds the tenant's id. Left out: all rows belong to one global tenant. */
  readonly tenant?: KeyProperty<E>;
  /** Under which lists of properties a row can be fetched. Each must be unique within a tenant. */
  readonly keys: K;
  /** Replicate only these properties. */
  readonly pick?: readonly P[];
  /** Replicate all but these. Hidden properties are left out anyway, unless picked. */
  readonly omit?: readonly O[];
  /** The largest encoded row, in bytes. Default 262,144 (256 KiB). A larger one goes to the dead rows. */
  readonly maxBytes?: number;
}

/** An entity opted in to replication, known to both sides. Made by `defineSync`. */
export interface SyncDefinition<E = unknown, K = unknown, T = unknown> extends Definition {
  readonly keys: { readonly [name: string]: readonly string[] };
  readonly pick?: readonly string[] | undefined;
  readonly omit?: readonly string[] | undefined;
  readonly maxBytes: number;
  /** The ref of the row that has these values. A value that is missing or null is an `INVALID_KEY` error. */
  by<N extends keyof K & string>(key: N, values: KeyValuesOf<E, K[N] & readonly unknown[]>): Ref<T>;
}

/**
 * Opts an entity in to replication: `defineSync<PlanSettings>()({ name, tenant, keys, omit })`. The first call only
 * carries the type, so that the keys can be inferred. Wrong names do not compile; at run time they are an
 * `INVALID_DEFINITION` error here or when the entity is registered.
 */
export function defineSync<E extends object>() {
  return <const K extends Keys<E>, const P extends Property<E> = never, const O extends Property<E> = never>(
    options: SyncOptions<E, K, P, O>,
  ): SyncDefinition<E, K, Visible<E, P, O>> => {
    checkOptions(options);
    const { name, tenant, keys, pick, omit, maxBytes = DEFAULT_MAX_BYTES } = options;
    const definition = {
      name,
      tenant,
      keys,
      pick,
      omit,
      maxBytes,
      by(key: string, values: object): Ref<Visible<E, P, O>> {
        const properties = Object.hasOwn(keys, key) ? keys[key] : undefined;
        if (properties) return { address: refAddress(name, key, properties, values), definition };
        throw new TenantryError(
          'INVALID_KEY',
          `"${name}" has no sync key ${describeArrived(key)}; it has ${Object.keys(keys).join(', ')}.`,
        );
      },
    };
    return Object.freeze(definition);
  };
}

function checkOptions(options: {
  name: unknown;
  keys: unknown;
  tenant?: unknown;
  pick?: unknown;
  omit?: unknown;
  maxBytes?: unknown;
}): void {
  checkDefinitionName('The name of a sync definition', options?.name);
  const refuse = (what: string, got: unknown): never => {
    throw new TenantryError('INVALID_DEFINITION', `"${options.name}": ${what}, got ${describeArrived(got)}.`);
  };
  checkNames(options);
  const { keys, tenant, pick, omit, maxBytes } = options;
  if (typeof keys !== 'object' || keys === null || Object.keys(keys).length === 0)
    refuse('`keys` must name at least one sync key', keys);
  for (const [key, properties] of Object.entries(keys as object)) {
    checkDefinitionName(`"${options.name}": the name of a sync key`, key);
    if (!isNameList(properties) || properties.length === 0)
      refuse(`key "${key}" must list one or more properties`, properties);
    if (new Set(properties).size !== properties.length)
      refuse(`key "${key}" must list a property only once`, properties.join(', '));
  }
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === ''))
    refuse('`tenant` must be the name of a property', tenant);
  if (pick !== undefined && omit !== undefined) refuse('give `pick` or `omit`, not both', 'both');
  for (const list of [pick, omit])
    if (list !== undefined && !isNameList(list)) refuse('`pick` and `omit` must be lists of property names', list);
  if (Array.isArray(pick) && pick.length === 0) refuse('`pick` must name at least one property', pick);
  if (maxBytes !== undefined && (!Number.isSafeInteger(maxBytes) || (maxBytes as number) < 1))
    refuse('`maxBytes` must be a whole number of bytes above 0', maxBytes);
}

function checkNames(options: { name: unknown }): void {
  const stray = Object.keys(options).find(name => !OPTIONS.includes(name));
  if (stray === undefined) return;
  throw new TenantryError(
    'INVALID_DEFINITION',
    `"${options.name}": defineSync has no option ${describeArrived(stray)}; it has ${OPTIONS.join(', ')}.`,
  );
}

const OPTIONS: readonly string[] = ['name', 'tenant', 'keys', 'pick', 'omit', 'maxBytes'];

function isNameList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(name => typeof name === 'string' && name !== '');
}
