import type { ChangeEvent } from '@tenantry/sdk';
import { type Observable, Subscription } from 'rxjs';

/**
 * Lets so many streams at a time read what they have missed, the others after them: a server that was restarted is asked by all of its browsers
 * at once, and each may have missed as much as a feed keeps.
 */
export class Replays {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Subscribes when it is its turn. The turn ends with the first event: before that, everything missed was read. */
  subscribe(events$: Observable<ChangeEvent>, hear: (event: ChangeEvent) => void): Subscription {
    const subscription = new Subscription();
    let hasTurn = false;
    const end = () => {
      if (!hasTurn) return;
      hasTurn = false;
      this.#running--;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next();
    };
    const begin = () => {
      this.#running++;
      hasTurn = true;
      subscription.add(
        events$.subscribe(event => {
          hear(event);
          // What was missed comes with the first event, in the same turn.
          if (hasTurn) queueMicrotask(end);
        }),
      );
    };
    subscription.add(() => {
      this.#waiting.delete(begin);
      end();
    });
    if (this.#running < this.#most) begin();
    else this.#waiting.add(begin);
    return subscription;
  }
}
