import type { KeyValue } from '../wire/key-value.ts';

type Scalar = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array;
type Callable = (...args: never[]) => unknown;

// MikroORM's own, by shape: this package imports no ORM.
type Collection<U> = { getItems(...args: never[]): U[] };
type Reference<U> = { unwrap(): U; getEntity(): unknown };
type ScalarReference<V> = { unwrap(): V };

/** Names of what is data: no methods, no symbols. */
type DataProperty<E> = {
  [P in keyof E]-?: P extends string ? (NonNullable<E[P]> extends Callable ? never : P) : never;
}[keyof E];

/** `Opt<T>`, `Hidden<T>` and `IType<T>` only add optional symbols, so the plain type still fits the branded one. */
type WithoutBrand<V> = 0 extends 1 & V
  ? V
  : string extends V
    ? string
    : number extends V
      ? number
      : bigint extends V
        ? bigint
        : true extends V
          ? true
          : false extends V
            ? false
            : Date extends V
              ? Date
              : V;

type PrimaryKeyOf<E> = E extends { id: infer P }
  ? ReplicatedValue<P>
  : E extends { uuid: infer P }
    ? ReplicatedValue<P>
    : KeyValue;

/** `Ref<E>` shows the primary key's properties, whatever they are called; a bare `Reference<E>` does not. */
type ReferencedKey<R, E, P extends keyof E = DataProperty<Pick<R, keyof R & keyof E>> & keyof E> = [P] extends [never]
  ? PrimaryKeyOf<E>
  : IsOne<P> extends true
    ? ReplicatedValue<E[P]>
    : readonly ReplicatedValue<E[P]>[];

type IsOne<P, Q = P> = P extends unknown ? ([Q] extends [P] ? true : false) : never;

/** A row with one of these is refused: `PAYLOAD_UNENCODABLE`. */
type NotData = ReadonlyMap<unknown, unknown> | PromiseLike<unknown> | RegExp | Error | ArrayBuffer | OtherView;

type OtherView = { readonly buffer: ArrayBufferLike; readonly byteLength: number; readonly byteOffset: number };

/** The entities that a to-one relation may point at; never, where it is none. */
type Targets<V> = V extends Scalar
  ? never
  : V extends Collection<unknown>
    ? never
    : V extends Reference<infer U>
      ? U
      : V extends { id: unknown } | { uuid: unknown }
        ? V
        : never;

type IsSeveral<U> = [U] extends [never] ? false : IsOne<U> extends true ? false : true;

/** A relation to one of several classes: MikroORM's word for the class, and the other row's key. */
type TypedKey<U> = readonly [type: string, key: PrimaryKeyOf<U>, ...more: PrimaryKeyOf<U>[]];

type ReplicatedProperty<V> =
  IsSeveral<Targets<V>> extends true
    ? TypedKey<Targets<V>> | ReplicatedValue<Extract<V, null | undefined>>
    : ReplicatedValue<V>;

type ReplicatedValue<V> = V extends Scalar
  ? WithoutBrand<V>
  : V extends Collection<infer U>
    ? readonly (IsSeveral<U> extends true ? TypedKey<U> : PrimaryKeyOf<U>)[]
    : V extends Reference<infer U>
      ? ReferencedKey<V, U>
      : V extends ScalarReference<infer U>
        ? ReplicatedValue<Exclude<U, undefined>>
        : V extends NotData
          ? never
          : V extends ReadonlySet<infer U>
            ? ReadonlySet<ReplicatedValue<U>>
            : V extends readonly (infer U)[]
              ? readonly ReplicatedValue<U>[]
              : V extends { id: unknown } | { uuid: unknown }
                ? PrimaryKeyOf<V>
                : V extends { toJSON(...args: never[]): infer J }
                  ? ReplicatedValue<J>
                  : V extends object
                    ? Replicated<V>
                    : V;

/**
 * An entity as a reader sees it: plain, read-only data. A to-one relation is the other row's primary key, a
 * many-to-many collection is the list of keys, a composite key the list of its parts, methods are left out. The key of a relation
 * that may point at several classes is `[type, key]`. Where the database has no value a reader gets null, also where the entity
 * says undefined. An instance of a class arrives as its properties, or as what its `toJSON` gives: a `URL` is text. A `Map`
 * does not arrive at all: such a row is refused.
 *
 * An object with an `id` or `uuid` counts as a relation; give `defineSync` an interface of your own where a JSON column
 * has one. Types cannot tell what is computed or the inverse side of a relation: name it in `omit`, or the type
 * shows a property that the reader does not get. What is hidden only MikroORM's types know: `WithoutHidden` of `@tenantry/mikro-orm` leaves it out.
 */
export type Replicated<E> = {
  readonly [P in keyof E as P extends DataProperty<E> ? P : never]: ReplicatedProperty<E[P]> | NullFor<E[P]>;
};

type NullFor<V> = undefined extends V ? null : never;

/** The properties of an entity that may stand in a sync key: scalars and to-one relations. */
export type KeyProperty<E> = {
  [P in DataProperty<E>]: [NonNullable<ReplicatedProperty<E[P]>>] extends [KeyValue] ? P : never;
}[DataProperty<E>];

/** The name of any replicated property. */
export type Property<E> = DataProperty<E>;
