import type { FeedHead, FeedPosition } from '../replica/feed-head.ts';
import { covers } from './feed-position.ts';

interface Waiter {
  readonly head: FeedHead;
  readonly resolve: (caughtUp: boolean) => void;
  /** It waited already when the head was asked for that is to be compared. */
  isAsked: boolean;
}

/** Those who wait until the feed has come as far as a head they have seen. */
export class CatchUpWaiters {
  #waiting: Waiter[] = [];

  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  until(head: FeedHead): Promise<boolean> {
    return new Promise(resolve => this.#waiting.push({ head, resolve, isAsked: false }));
  }

  /** The head is about to be asked for: what those who wait now have seen is in the answer, if Redis still has it. */
  asked(): void {
    for (const waiter of this.#waiting) waiter.isAsked = true;
  }

  /** The feed came to `position`. It is not known to come further: for nobody, for those who were `asked`, or for all. */
  settle(position: FeedPosition | undefined, giveUp: 'nobody' | 'asked' | 'all' = 'nobody'): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ head, resolve, isAsked }) => {
      const caughtUp = covers(position, head);
      const isPast = head.epoch === position?.epoch && head.seq <= position.seq;
      const isGivenUp = giveUp === 'all' || (giveUp === 'asked' && isAsked);
      const never = isGivenUp || isPast || (head.epoch !== position?.epoch && position?.epoch !== '');
      if (caughtUp || never) resolve(caughtUp);
      return !caughtUp && !never;
    });
  }
}
