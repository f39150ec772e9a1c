import { TenantryError } from '@tenantry/protocol';
import type { FeedHead, FeedPosition } from '@tenantry/redis';
import type { ChangeTap } from '../views/change-taps.ts';

/** The feed of one tenant, as a wait for a moment of it needs it. */
export interface HeardFeed {
  /** The last message that memory has heard, or what it was compared with. */
  readonly position: FeedPosition | undefined;
  /** Memory hears every change. */
  readonly live: boolean;
  tap(tap: ChangeTap): { end(): void };
  /** What Redis has now. Undefined: nothing. */
  head(): Promise<FeedHead | undefined>;
}

/** How long a wait may take, and what ends it before. */
export interface WaitBounds {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Without a live feed it is enough that Redis has the moment: the caller reads from Redis then, and from memory not. */
  readonly orInRedis: boolean;
  /** Calls back when the client is closed, at once where it is. Answers with a function that ends it. */
  onClosed(closed: () => void): () => void;
}

// Without a live feed nothing tells that Redis has come further.
const POLL_MS = 100;

/**
 * Resolves once memory has heard the moment that a token names. Rejects with `TIMEOUT`, `TOKEN_EXPIRED` where Redis is in another epoch than
 * the token, `CLOSED`, and the signal's reason.
 */
export async function untilHeard(feed: HeardFeed, token: FeedPosition, bounds: WaitBounds): Promise<void> {
  const { timeoutMs, signal, orInRedis, onClosed } = bounds;
  signal?.throwIfAborted();
  // Before the first message there is nothing to wait for.
  if (token.seq === 0 || hasHeard(feed, token)) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isAsking = false;
  const look = () => {
    const isForRedis = feed.live ? isAnotherLife(feed, token) : orInRedis;
    if (hasHeard(feed, token)) resolve();
    else if (isForRedis && !isAsking) {
      isAsking = true;
      const asked = isInRedis(feed, token).then(isThere => isThere && orInRedis && !feed.live && resolve(), reject);
      void asked.finally(() => {
        isAsking = false;
      });
    }
  };
  const tap = feed.tap({ heard: look, missed: () => undefined, live: look });
  const timer = setTimeout(() => reject(late(timeoutMs)), timeoutMs);
  const poll = setInterval(look, POLL_MS);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const stopped = onClosed(() => reject(closed()));
  try {
    look();
    await promise;
  } finally {
    tap.end();
    clearTimeout(timer);
    clearInterval(poll);
    signal?.removeEventListener('abort', abort);
    stopped();
  }
}

function hasHeard({ live, position }: HeardFeed, token: FeedPosition): boolean {
  return live && covers(position, token);
}

function covers(position: FeedPosition | undefined, { epoch, seq, tag }: FeedPosition): boolean {
  if (position?.epoch !== epoch) return false;
  return position.seq > seq || (position.seq === seq && position.tag === tag);
}

/** The one is of another epoch than the other, or of another history of it. */
function isAnotherLife({ position }: HeardFeed, { epoch, seq }: FeedPosition): boolean {
  return position !== undefined && (position.epoch !== epoch || position.seq === seq);
}

/**
 * Only Redis tells whether memory or the token is of the older epoch. Throws `TOKEN_EXPIRED`; false where Redis does not have the moment yet, or does
 * not answer.
 *
 *   Redis:  loses the feed, begins epoch B
 *   writer:                                 writes, has a token of B
 *   reader:                                                           waits in A: it has yet to hear of B
 */
async function isInRedis(feed: HeardFeed, token: FeedPosition): Promise<boolean> {
  let head: FeedHead | undefined;
  try {
    head = await feed.head();
  } catch {
    // The next look asks again.
    return false;
  }
  if (head?.epoch !== token.epoch || (head.seq === token.seq && head.tag !== token.tag)) throw expired();
  return covers(head, token);
}

function late(timeoutMs: number): TenantryError {
  return new TenantryError(
    'TIMEOUT',
    `This client has not heard of the write within ${timeoutMs} ms. It goes on; what memory has may be older.`,
  );
}

function expired(): TenantryError {
  return new TenantryError(
    'TOKEN_EXPIRED',
    'Redis has begun the feed of this tenant anew since the token was made: nobody can tell whether the write is in it. Read without the token.',
  );
}

function closed(): TenantryError {
  return new TenantryError('CLOSED', 'The client is closed: it hears of no write any more.');
}
