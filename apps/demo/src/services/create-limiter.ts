/** How often each caller may call, within so long after its first call. */
export interface Limits {
  readonly most: number;
  readonly windowSeconds: number;
}

/** The calls of each caller since its window began. They belong to the service, not to a limiter: a change of limits forgives nothing. */
export type Counters = Map<string, { readonly since: number; calls: number }>;

/** Counts one call; `at` is in ms. */
export type Limiter = (caller: string, at: number) => LimiterAnswer;

export interface LimiterAnswer extends Limits {
  readonly isAllowed: boolean;
  /** Of this window, the refused ones not counted. */
  readonly calls: number;
}

export function createLimiter(limits: Limits, counters: Counters): Limiter {
  const { most, windowSeconds } = limits;
  return (caller, at) => {
    let counter = counters.get(caller);
    // The present length counts, also for a window that began under another.
    if (!counter || at - counter.since >= windowSeconds * 1_000) {
      counter = { since: at, calls: 0 };
      counters.set(caller, counter);
    }
    const isAllowed = counter.calls < most;
    if (isAllowed) counter.calls++;
    return { ...limits, isAllowed, calls: counter.calls };
  };
}
