import { TURN_MS } from './head-turns.ts';

/** What Redis answered about its fill state; undefined: it gave no answer. */
export type FillStateReply = { readonly state: string | undefined } | undefined;

/**
 * Whether a connection that answers may be believed to deliver every push. While nothing speaks against it, the heads of the feeds are only
 * asked for in turn. ADR 21.
 */
export class ConnectionDoubts {
  readonly #heartbeatMs: number;
  readonly #lateAfterMs: number;
  #beganAt: readonly number[] | undefined;
  #fillState: FillStateReply;
  /** For so many heartbeats more a connection that has lost a push is not believed. */
  #distrusted = 0;

  constructor(heartbeatMs: number, timeoutMs: number) {
    this.#heartbeatMs = heartbeatMs;
    this.#lateAfterMs = 2 * (heartbeatMs + timeoutMs);
  }

  /** A heartbeat begins. Answers whether every head is to be asked. */
  begin(): boolean {
    // Asleep, a laptop's monotonic clock may stand still, and its wall clock does not.
    const now = [performance.now(), Date.now()];
    const passed = now.map((at, i) => at - (this.#beganAt?.[i] ?? at));
    this.#beganAt = now;
    const isDistrusted = this.#distrusted > 0;
    if (isDistrusted) this.#distrusted--;
    // One that was never filled has the same fill state once it has lost everything: none.
    const isUnfilled = this.#fillState !== undefined && this.#fillState.state === undefined;
    return isDistrusted || isUnfilled || Math.max(...passed) > this.#lateAfterMs;
  }

  /** A push was lost on a connection that answers: another may be. */
  lostPush(): void {
    this.#distrusted = Math.ceil(TURN_MS / this.#heartbeatMs);
  }

  /** Answers whether Redis is not known to be as it was: it lost everything, was filled or repaired, or does not tell. */
  isFilledOtherwise(reply: FillStateReply): boolean {
    const before = this.#fillState;
    if (reply) this.#fillState = reply;
    return !reply || (before !== undefined && before.state !== reply.state);
  }
}
