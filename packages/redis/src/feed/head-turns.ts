import type { TenantFeed } from './tenant-feed.ts';

/** Each head is asked for at least so often, in ms, although nothing gives rise to doubt. */
export const TURN_MS = 180_000;

/** So many are asked for with each heartbeat at least. A process that follows no more has each of them asked each time. */
const LEAST_HEADS = 6;

/** How many heads a heartbeat asks for where nothing gives rise to doubt. */
export function headsPerHeartbeat(followed: number, heartbeatMs: number): number {
  return Math.min(followed, Math.max(LEAST_HEADS, Math.ceil((followed * heartbeatMs) / TURN_MS)));
}

/** Takes the heads in turn, so that each is asked for once in `TURN_MS`. */
export class HeadTurns {
  readonly #heartbeatMs: number;
  /** The one not asked for longest comes first. A feed that has just begun was asked then. */
  readonly #line = new Set<TenantFeed>();

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
  }

  /** Those of these feeds that are to be asked now: those in doubt, and the next in turn. */
  next(feeds: readonly TenantFeed[]): TenantFeed[] {
    const present = new Set(feeds);
    for (const feed of this.#line) if (!present.has(feed)) this.#line.delete(feed);
    for (const feed of feeds) this.#line.add(feed);
    const inTurn = [...this.#line].slice(0, headsPerHeartbeat(feeds.length, this.#heartbeatMs));
    for (const feed of inTurn) {
      this.#line.delete(feed);
      this.#line.add(feed);
    }
    return [...new Set([...feeds.filter(feed => feed.isInDoubt), ...inTurn])];
  }

  /** No feed is followed any more: none is to be held for its turn. */
  forgetAll(): void {
    this.#line.clear();
  }
}
