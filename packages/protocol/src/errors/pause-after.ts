/** Options of `pauseAfter`. */
export interface Pauses {
  /** The pause after the first failed attempt. */
  readonly firstMs: number;
  /** No pause is longer. */
  readonly lastMs: number;
  /** 0 to 1. Left out: the pause is exact. */
  readonly random?: (() => number) | undefined;
}

// Twice that often doubled, every pause of ours has long been its longest, and no number is infinite yet.
const MOST_DOUBLINGS = 60;

/**
 * How long, in ms, to wait after so many failed attempts, from 1: twice as long after each. With `random`, half of the
 * pause is random, so that processes that failed together do not come back together.
 */
export function pauseAfter(attempt: number, { firstMs, lastMs, random }: Pauses): number {
  const pause = Math.min(lastMs, firstMs * 2 ** Math.min(attempt - 1, MOST_DOUBLINGS));
  return random ? pause * (0.5 + random() / 2) : pause;
}
