import type { FeedPosition } from '../replica/feed-head.ts';
import type { FeedLosses, SavedLosses } from './feed-losses.ts';

/** Where a feed was left, and what was known then of what Redis has lost. */
export interface FeedMark {
  readonly position: FeedPosition;
  readonly losses: FeedLosses;
}

/** The same as plain data, for another process to go on from. */
export interface SavedFeedMark {
  readonly position: FeedPosition;
  readonly losses: SavedLosses;
}

/** Where a feed begins. */
export interface FeedStart {
  /** Where an earlier follower has left it. */
  readonly mark?: FeedMark | undefined;
  /** Where this follower is, which another process has brought there. Not used beside a mark. */
  readonly saved?: SavedFeedMark | undefined;
}

/** The bound: of tenants that were left before these, a reader knows no more than one that starts. A mark takes some 300 bytes. */
const REMEMBERED = 20_000;

/**
 * Where the feeds were left that are not followed any more. A reader that follows one of them anew need not know what it missed, because it
 * has no memory of that tenant or compares it. But it must notice a Redis that went back since: it has shown newer states than those.
 */
export class FeedMarks {
  readonly #marks = new Map<string, FeedMark>();

  leave(channel: string, mark: FeedMark | undefined): void {
    if (!mark) return;
    this.#marks.set(channel, mark);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > REMEMBERED && oldest !== undefined) this.#marks.delete(oldest);
  }

  /** Its mark, which is its own from now on. */
  take(channel: string): FeedMark | undefined {
    const mark = this.#marks.get(channel);
    this.#marks.delete(channel);
    return mark;
  }
}
