/** How many calls go. */
export interface RateLimits {
  /** In the long run, a second. */
  readonly perSecond: number;
  /** At once, after a quiet time. */
  readonly burst: number;
}

/** How many calls may go at once, as of a moment. Replaced as a whole, never changed. */
export interface RateState {
  readonly tokens: number;
  readonly at: number;
}

/** As after a quiet time. */
export function fullRate({ burst }: RateLimits, at: number): RateState {
  return { tokens: burst, at };
}

/** In how many ms a call may go; 0: now. */
export function rateWaitMs(state: RateState, at: number, limits: RateLimits): number {
  const { tokens } = refilled(state, at, limits);
  return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1_000) / limits.perSecond);
}

/** The state after a call. Only where `rateWaitMs` is 0. */
export function takeFromRate(state: RateState, at: number, limits: RateLimits): RateState {
  const now = refilled(state, at, limits);
  return { ...now, tokens: now.tokens - 1 };
}

function refilled({ tokens, at: before }: RateState, at: number, { perSecond, burst }: RateLimits): RateState {
  // A clock that was put back brings no calls, and costs none.
  const more = (Math.max(0, at - before) * perSecond) / 1_000;
  // A sum of fractions may stay a little below the whole number that it should be.
  return { tokens: Math.min(burst, tokens + more + 1e-9), at };
}
