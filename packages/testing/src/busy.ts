/**
 * What a busy machine may add to any time, in ms. A test of a budget allows for it: it tells a call that ends from one
 * that hangs, and leaves the speed to the benchmarks.
 */
export const BUSY_MS = 1_000;
