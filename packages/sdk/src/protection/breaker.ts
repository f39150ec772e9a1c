/** When a breaker opens, and for how long. */
export interface BreakerLimits {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** For so long no call goes, in ms. Then one does. */
  readonly openMs: number;
}

/** Something that happened to a breaker, or to the call that it let go. */
export type BreakerEvent = 'asked' | 'answered' | 'failed' | 'aborted';

/**
 * A breaker as it stands. Replaced as a whole, never changed.
 *
 *   state    | asked                     | answered       | failed                      | aborted
 *   ---------|---------------------------|----------------|-----------------------------|----------------------------
 *   closed   | the call goes             | no failures    | one failure more; at        | nothing
 *            |                           |                | `failures` of them: open    |
 *   open     | refused, until `openMs`   | nothing        | nothing                     | nothing
 *            | are over; then: halfOpen  |                |                             |
 *   halfOpen | refused: one call is out  | closed         | open                        | open, and the next call goes
 */
export interface BreakerState {
  readonly name: 'closed' | 'open' | 'halfOpen';
  /** How many calls in a row have failed. */
  readonly failures: number;
  /** Since when it is not closed. */
  readonly openedAt: number;
  /** Open: from then on a call goes. */
  readonly until: number;
  /** Goes up with the name: a call that began in another life of the breaker says nothing of this one. */
  readonly life: number;
}

/** No call has failed yet. */
export const CLOSED: BreakerState = Object.freeze({ name: 'closed', failures: 0, openedAt: 0, until: 0, life: 0 });

/** How soon it is worth while to ask again while one call tries the source. */
export const PROBE_MS = 100;

/** In how many ms a call may go; 0: now. */
export function breakerWaitMs({ name, until }: BreakerState, at: number, { openMs }: BreakerLimits): number {
  if (name === 'closed') return 0;
  if (name === 'halfOpen') return PROBE_MS;
  // Of a clock that was put back, no more than the whole pause.
  return Math.min(openMs, Math.max(0, until - at));
}

/** The state after an event. `asked` only where `breakerWaitMs` is 0; the others with the life in which the call was asked. */
export function nextBreaker(
  state: BreakerState,
  event: BreakerEvent,
  at: number,
  limits: BreakerLimits,
  life: number = state.life,
): BreakerState {
  if (life !== state.life) return state;
  const next = { ...state, life: state.life + 1 };
  if (event === 'asked') return state.name === 'open' ? { ...next, name: 'halfOpen' } : state;
  if (state.name === 'open') return state;
  if (event === 'aborted') return state.name === 'closed' ? state : { ...next, name: 'open', until: at };
  if (event === 'answered')
    return state.name === 'closed' && state.failures === 0 ? state : { ...CLOSED, life: next.life };
  const failures = state.failures + 1;
  if (state.name === 'closed' && failures < limits.failures) return { ...state, failures };
  const openedAt = state.name === 'closed' ? at : state.openedAt;
  return { ...next, name: 'open', failures, openedAt, until: at + limits.openMs };
}
