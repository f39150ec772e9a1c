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
