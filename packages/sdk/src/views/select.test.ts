import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { select } from './select.ts';

interface Limits {
  readonly users: { readonly most: number };
  readonly other: number;
}

function selecting<S>(projection: (value: Limits) => S, equals?: (before: S, now: S) => boolean) {
  const value$ = new Subject<Limits>();
  const seen: unknown[] = [];
  const troubles: unknown[] = [];
  const watching = select(value$, 'limits', projection, equals, error => troubles.push(error)).subscribe({
    next: result => seen.push(result),
    complete: () => seen.push('complete'),
  });
  return {
    value$,
    seen,
    troubles,
    watching,
    set: (most: number, other = 0) => value$.next({ users: { most }, other }),
  };
}

it('emits the first result, and then only one that differs in its content', () => {
  const { seen, set } = selecting(({ users }) => users);
  set(1);
  set(1, 2);
  set(1, 3);
  set(2, 3);
  expect(seen).toEqual([{ most: 1 }, { most: 2 }]);
});

it('emits undefined and null like every other result', () => {
  const { seen, set } = selecting(({ users: { most } }) => (most === 1 ? undefined : most === 2 ? null : most));
  for (const most of [1, 1, 2, 2, 3]) set(most);
  expect(seen).toEqual([undefined, null, 3]);
});

it('asks `equals` instead, with the result before and the one now', () => {
  const asked: unknown[] = [];
  const { seen, set } = selecting(
    ({ users: { most } }) => most,
    (before, now) => {
      asked.push([before, now]);
      return Math.abs(before - now) < 10;
    },
  );
  for (const most of [100, 105, 109, 111]) set(most);
  expect(seen).toEqual([100, 111]);
  expect(asked).toEqual([
    [100, 105],
    [100, 109],
    [100, 111],
  ]);
});

it('leaves a value out whose projection throws, reports it, and goes on', () => {
  const { seen, set, troubles } = selecting(({ users: { most } }) => {
    if (most === 2) throw new RangeError('a secret');
    return most;
  });
  for (const most of [2, 1, 2, 3]) set(most);
  expect(seen).toEqual([1, 3]);
  expect(troubles).toMatchObject([{ code: 'HANDLER_FAILED' }, { code: 'HANDLER_FAILED' }]);
  expect(String(troubles[0])).toContain('The projection of "limits" failed with RangeError');
  expect(String(troubles[0])).not.toContain('secret');
});

it('completes with what it is of, and unsubscribes from it', () => {
  const one = selecting(({ other }) => other);
  one.set(1, 1);
  one.value$.complete();
  expect(one.seen).toEqual([1, 'complete']);
  const two = selecting(({ other }) => other);
  expect(two.value$.observed).toBe(true);
  two.watching.unsubscribe();
  expect(two.value$.observed).toBe(false);
});
