import { isDeepStrictEqual } from 'node:util';
import { Observable } from 'rxjs';
import { handlerFailed } from './handler-failed.ts';

/** Whether two results are the same. */
export type Equals<S> = (before: S, now: S) => boolean;

/**
 * Emits the projection of each value, where it differs from the one before. A projection or an `equals` that throws is reported, and that
 * value is left out: one bad value must not end the watch.
 */
export function select<T, S>(
  value$: Observable<T>,
  address: string,
  projection: (value: T) => S,
  equals: Equals<S> = isDeepStrictEqual,
  report: (error: unknown) => void,
): Observable<S> {
  return new Observable(subscriber => {
    let seen: { readonly result: S } | undefined;
    return value$.subscribe({
      next(value) {
        try {
          const result = projection(value);
          if (seen && equals(seen.result, result)) return;
          seen = { result };
        } catch (cause) {
          report(handlerFailed(`The projection of "${address}"`, 'its last result stays', cause));
          return;
        }
        // Outside of the `try`: what a subscriber throws is its own.
        subscriber.next(seen.result);
      },
      error: error => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}
