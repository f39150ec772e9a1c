import type { Hidden, HiddenProps } from '@mikro-orm/core';

type HiddenOf<E> =
  | (E extends { [HiddenProps]?: infer P } ? P : never)
  | { [P in keyof E]-?: NonNullable<E[P]> extends Hidden ? P : never }[keyof E];

/**
 * An entity without the properties that its type hides, by `Hidden<…>` or by `[HiddenProps]`: readers do not get them, unless they are picked.
 * `defineSync<WithoutHidden<User>>()` leaves them out of what a ref promises, too. A type alone: whoever imports the definition
 * imports no ORM. What only a decorator or an entity schema hides no type can tell: name it in `omit`.
 */
export type WithoutHidden<E> = Omit<E, HiddenOf<E> & keyof E>;
