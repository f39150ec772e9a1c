/** How long changes took from the writer to this memory. */
export interface LagHistogram {
  /** The upper bound of each bucket but the last, which has none. */
  readonly boundsMs: readonly number[];
  /** How many changes fell into each bucket: one more number than there are bounds. */
  readonly counts: readonly number[];
  /** All of them together. */
  readonly sumMs: number;
}

const BOUNDS_MS: readonly number[] = Object.freeze([
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000,
]);

/** Counts how late changes are. Only messages cost something here, never a read. */
export class LagCounter {
  readonly #counts = new Array<number>(BOUNDS_MS.length + 1).fill(0);
  #sumMs = 0;

  /** A clock that is behind the writer's gives less than nothing: that counts as nothing. */
  count(lagMs: number): void {
    let at = 0;
    while (at < BOUNDS_MS.length && lagMs > (BOUNDS_MS[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sumMs += Math.max(0, lagMs);
  }

  get histogram(): LagHistogram {
    return { boundsMs: BOUNDS_MS, counts: [...this.#counts], sumMs: this.#sumMs };
  }
}
