import type { Observable } from 'rxjs';
import type { ChangeEvent } from './change-event.ts';

/**
 * Takes events one at a time, as fast as their taker is. So many wait for it and no more: then the oldest are dropped, a `gap` in their place
 * says how many, and whoever brings the events has never waited.
 */
export function iterateChanges(
  event$: Observable<ChangeEvent>,
  bufferSize: number,
  dropped: () => void,
): AsyncIterableIterator<ChangeEvent> {
  const waiting: ChangeEvent[] = [];
  let missing: (ChangeEvent & { readonly dropped: number }) | undefined;
  let isOver = false;
  const takers: ((result: IteratorResult<ChangeEvent>) => void)[] = [];
  const over = (): IteratorResult<ChangeEvent> => ({ done: true, value: undefined });

  function next(event: ChangeEvent): void {
    const taker = takers.shift();
    if (taker) {
      taker({ done: false, value: event });
      return;
    }
    waiting.push(event);
    if (waiting.length <= bufferSize) return;
    const { position } = waiting.shift() as ChangeEvent;
    missing = {
      kind: 'gap',
      position,
      why: 'they came faster than they were taken',
      dropped: (missing?.dropped ?? 0) + 1,
    };
    dropped();
  }

  function complete(): void {
    isOver = true;
    for (const taker of takers.splice(0)) taker(over());
  }

  const subscription = event$.subscribe({ next, complete, error: complete });
  return {
    next() {
      const event = missing ?? waiting.shift();
      missing = undefined;
      if (event) return Promise.resolve({ done: false, value: event });
      if (isOver) return Promise.resolve(over());
      return new Promise(resolve => takers.push(resolve));
    },
    return() {
      subscription.unsubscribe();
      waiting.length = 0;
      missing = undefined;
      complete();
      return Promise.resolve(over());
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
