/**
 * What a busy machine may add to any time, in ms. A test of a budget allows for it: it tells a call that ends from one
 * that hangs, and leaves the speed to the benchmarks. Less than the 5 s after which much of what hangs is ended by something else.
 */
export const BUSY_MS = 4_000;

/** The budgets of a config that is not about time: on two busy cores it must not depend on it. */
export const PATIENT = { cacheTimeout: '60s', databaseTimeout: '60s' } as const;
