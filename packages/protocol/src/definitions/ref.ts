import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import type { Definition } from './definition.ts';

declare const value: unique symbol;

/**
 * The address of something readable: a config, or an entity's definition with one of its sync keys and that key's values. Equal
 * addresses mean the same thing; a ref is cheap to keep and to share between tenants.
 */
export interface Ref<T> {
  readonly address: string;
  readonly definition: Definition;
  /** Only a type: what a reader gets. */
  readonly [value]?: T;
}

/** A ref that always has a value: its default where nothing is set. */
export interface DefaultedRef<T> extends Ref<T> {
  readonly default: T;
}

/** Whether this is the address of something readable. */
export function isRef(value: unknown): value is Ref<unknown> {
  const { address, definition } = (value ?? {}) as Partial<Ref<unknown>>;
  return typeof address === 'string' && typeof definition === 'object' && definition !== null;
}

/** The error about what is no ref. `where`: ` in bootstrap`. */
export function noRef(value: unknown, where = ''): TenantryError {
  const { name, keys } = (value ?? {}) as { readonly name?: unknown; readonly keys?: unknown };
  const isEntity = typeof name === 'string' && typeof keys === 'object';
  const got = isEntity ? `the definition "${name}" without a key` : describeArrived(value);
  return new TenantryError(
    'INVALID_KEY',
    `A ref is a config of \`defineConfig\`, or is made by the \`by\` of an entity's definition, got ${got}${where}.`,
  );
}
