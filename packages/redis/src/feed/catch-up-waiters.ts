import type { FeedHead, FeedPosition } from '../replica/feed-head.ts';
import { covers } from './feed-position.ts';

/** Those who wait until the feed has come as far as a head they have seen. */
export class CatchUpWaiters {
  #waiting: { head: FeedHead; resolve: (caughtUp: boolean) => void }[] = [];

  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  until(head: FeedHead): Promise<boolean> {
    return new Promise(resolve => this.#waiting.push({ head, resolve }));
  }

  /** The feed came to `position`; with `giveUp` it is not known to come further. */
  settle(position: FeedPosition | undefined, giveUp = false): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ head, resolve }) => {
      const caughtUp = covers(position, head);
      const isPast = head.epoch === position?.epoch && head.seq <= position.seq;
      const never = giveUp || isPast || (head.epoch !== position?.epoch && position?.epoch !== '');
      if (caughtUp || never) resolve(caughtUp);
      return !caughtUp && !never;
    });
  }
}
