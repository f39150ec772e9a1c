import type { KeyValue } from './key-value.ts';

type Scalar = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array;
type Callable = (...args: never[]) => unknown;
/** MikroORM's `Reference` and `ScalarReference`, by shape: this package imports no ORM. */
type Wrapped<U> = { unwrap(): U };
/** MikroORM's `Collection`, by shape. */
type Many<U> = { getItems(...args: never[]): U[] };

type DataProperty<E> = {
  [P in keyof E]-?: P extends string ? (NonNullable<E[P]> extends Callable ? never : P) : never;
}[keyof E];

type PrimaryKeyOf<E> = E extends { id: infer P } ? P : E extends { uuid: infer P } ? P : KeyValue;

type ReplicatedValue<V> = V extends Scalar
  ? V
  : V extends Many<infer U>
    ? readonly PrimaryKeyOf<U>[]
    : V extends Wrapped<infer U>
      ? NonNullable<U> extends Scalar
        ? U
        : PrimaryKeyOf<NonNullable<U>>
      : V extends ReadonlySet<infer U>
        ? ReadonlySet<ReplicatedValue<U>>
        : V extends readonly (infer U)[]
          ? readonly ReplicatedValue<U>[]
          : V extends { id: infer P } | { uuid: infer P }
            ? P
            : V extends object
              ? Replicated<V>
              : V;

/**
 * An entity as a reader sees it: plain, read-only data. A to-one relation is the other row's primary key, a
 * many-to-many collection is the list of keys, methods are left out. An object with an `id` or `uuid` counts as a
 * relation; give `defineSync` an interface of your own where a JSON column has one.
 */
export type Replicated<E> = { readonly [P in DataProperty<E>]: ReplicatedValue<E[P]> };

/** The properties of an entity that may stand in a sync key: scalars and to-one relations. */
export type KeyProperty<E> = {
  [P in DataProperty<E>]: [NonNullable<ReplicatedValue<E[P]>>] extends [KeyValue] ? P : never;
}[DataProperty<E>];

/** The name of any replicated property. */
export type Property<E> = DataProperty<E>;
