/** Each head is asked for once in the heartbeats of so many ms, although nothing gives rise to doubt; with each heartbeat, where that is longer. */
export const TURN_MS = 180_000;

/** So many are asked for with each heartbeat at least. A process that follows no more has each of them asked each time. */
const LEAST_HEADS = 6;

/** How many heads a heartbeat asks for where nothing gives rise to doubt. */
export function headsPerHeartbeat(followed: number, heartbeatMs: number): number {
  return Math.min(followed, Math.max(LEAST_HEADS, Math.ceil((followed * heartbeatMs) / TURN_MS)));
}

/** The nodes of a Cluster; elsewhere there is one. */
export interface Nodes<Feed> {
  count(): number;
  /** The node that has the feed; undefined: not known. */
  of(feed: Feed): string | undefined;
}

/** Takes the heads in turn, so that each is asked for once in `TURN_MS`, and one of each node with each heartbeat: a node may lose its data alone. */
export class HeadTurns<Feed extends { readonly isInDoubt: boolean }> {
  readonly #heartbeatMs: number;
  readonly #nodes: Nodes<Feed>;
  /** The one not asked for longest comes first. A feed that has just begun was asked then. */
  readonly #line = new Set<Feed>();

  constructor(heartbeatMs: number, nodes: Nodes<Feed>) {
    this.#heartbeatMs = heartbeatMs;
    this.#nodes = nodes;
  }

  /** Those of these feeds that are to be asked now: those in doubt, the next in turn, and the next of each node that has none of these. */
  next(feeds: readonly Feed[]): Feed[] {
    const present = new Set(feeds);
    for (const feed of this.#line) if (!present.has(feed)) this.#line.delete(feed);
    for (const feed of feeds) this.#line.add(feed);
    const inTurn = this.#ofEachNode([...this.#line], headsPerHeartbeat(feeds.length, this.#heartbeatMs));
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

  #ofEachNode(line: readonly Feed[], least: number): Feed[] {
    const inTurn = line.slice(0, least);
    const count = this.#nodes.count();
    if (count < 2) return inTurn;
    const seen = new Set(inTurn.map(feed => this.#nodes.of(feed)));
    for (const feed of line.slice(least)) {
      if (seen.size >= count) break;
      const node = this.#nodes.of(feed);
      if (!seen.has(node)) inTurn.push(feed);
      seen.add(node);
    }
    return inTurn;
  }
}
