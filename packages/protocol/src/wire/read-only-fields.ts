/**
 * A value as readers get it: frozen, so nothing may be assigned to a field, however deep. Lists stay the lists of the schema's type, though they are
 * frozen, too: a value then still fits where the schema's own type is wanted, which a `readonly` list would not. Instances of classes stay as they are.
 */
export type ReadOnlyFields<T> = 0 extends 1 & T
  ? T
  : T extends string | number | bigint | boolean | symbol | null | undefined | ((...args: never[]) => unknown)
    ? T
    : T extends readonly (infer Item)[]
      ? number extends T['length']
        ? T extends Item[]
          ? ReadOnlyFields<Item>[]
          : readonly ReadOnlyFields<Item>[]
        : { [P in keyof T]: ReadOnlyFields<T[P]> }
      : T extends object
        ? HasMethods<T> extends true
          ? T
          : // What has private fields fits no type but its own.
            { readonly [P in keyof T]: T[P] } extends T
            ? { readonly [P in keyof T]: ReadOnlyFields<T[P]> }
            : T
        : T;

/** Dates, sets, maps, URLs, bytes, and instances of most classes. */
type HasMethods<T> = true extends {
  [P in keyof T]-?: [NonNullable<T[P]>] extends [never]
    ? false
    : NonNullable<T[P]> extends (...args: never[]) => unknown
      ? true
      : false;
}[keyof T]
  ? true
  : false;
