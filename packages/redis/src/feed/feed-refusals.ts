import type { Tenant, TenantryError } from '@tenantry/protocol';
import { asForbidden, isForbidden } from '../connection/redis-errors.ts';
import type { FeedFollower } from './feed-follower.ts';

// One heartbeat, two, four, and so on. Rights change seldom.
const LONGEST_PAUSE_BEATS = 12;

/** The feed, as its refusal sees it. */
interface RefusedFeed {
  readonly tenant: Tenant;
  readonly follower: FeedFollower;
  disconnected(why: string): void;
}

interface Refusal {
  readonly why: TenantryError;
  readonly pauseBeats: number;
  beatsLeft: number;
}

/**
 * The feeds that Redis does not let this user follow. They are tried again all the same, and more and more seldom: the right may be given
 * at any time.
 */
export class FeedRefusals {
  readonly #refusals = new WeakMap<RefusedFeed, Refusal>();

  /** Undefined: it is followed, or nobody has refused it. */
  of(feed: RefusedFeed): TenantryError | undefined {
    return this.#refusals.get(feed)?.why;
  }

  /** Its repair has failed, by a refusal or otherwise. */
  failed(feed: RefusedFeed, error: unknown): void {
    if (isForbidden(error)) this.refused(feed, error);
    else feed.follower.onTrouble(error);
  }

  /** The user has no right to it: it is not followed until a later try succeeds. */
  refused(feed: RefusedFeed, error: unknown): void {
    const why = asForbidden(error, feed.tenant);
    const before = this.#refusals.get(feed);
    const pauseBeats = before ? Math.min(before.pauseBeats * 2, LONGEST_PAUSE_BEATS) : 1;
    this.#refusals.set(feed, { why, pauseBeats, beatsLeft: pauseBeats });
    feed.disconnected(why.message);
    feed.follower.onTrouble(why);
  }

  /** Redis lets the user follow it. */
  ended(feed: RefusedFeed): void {
    this.#refusals.delete(feed);
  }

  /** Asked at each heartbeat: whether to try it now. */
  isDue(feed: RefusedFeed): boolean {
    const refusal = this.#refusals.get(feed);
    if (!refusal) return true;
    refusal.beatsLeft--;
    return refusal.beatsLeft <= 0;
  }
}
