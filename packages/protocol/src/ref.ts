import type { Definition } from './definition.ts';

declare const value: unique symbol;

/**
 * The address of something readable: a definition, one of its sync keys and that key's values. Equal addresses
 * mean the same thing; a ref is cheap to keep and to share between tenants.
 */
export interface Ref<T> {
  readonly address: string;
  readonly definition: Definition;
  /** Only a type: what a reader gets. */
  readonly [value]?: T;
}
