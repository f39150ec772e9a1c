import type { FeedMessage } from '@tenantry/protocol/wire';

/** Who wants a tenant's changes. */
export interface FeedFollower {
  /** Called in the order of the feed, each message once. Must not throw. */
  onMessage(message: FeedMessage): void;
  /**
   * What the follower knows may be void: it must compare all of it with Redis. With `complete`, what Redis does not
   * have is gone; without, Redis lost data and is still being filled or repaired, so what is absent is only unknown.
   * `continuous`: every message since the last time was heard, so what they told is to be there.
   */
  resync(complete: boolean, continuous: boolean): Promise<void>;
  /** From here on every change is heard (`live`), or may be missed. */
  onLive(live: boolean, why: string): void;
  /** Something was wrong with a message; it was repaired by reading. */
  onTrouble(error: unknown): void;
}

/** The follower of a feed that was left. */
export const NOBODY: FeedFollower = Object.freeze({
  onMessage: () => undefined,
  resync: async () => undefined,
  onLive: () => undefined,
  onTrouble: () => undefined,
});
