import { withLast } from './feed-losses.ts';

/** Tells that Redis was never filled, or lost everything: once, and again where it was filled meanwhile. */
export class FillNews {
  readonly #onUnfilled: () => void;
  #isUnfilled = false;
  #states: readonly string[] = [];

  constructor(onUnfilled: () => void = () => undefined) {
    this.#onUnfilled = onUnfilled;
  }

  /** Redis has answered with its fill state, which is given back; undefined: it has none. */
  readonly saw = (state: string | undefined): string | undefined => {
    const isNews = state === undefined && !this.#isUnfilled;
    this.#isUnfilled = state === undefined;
    if (state !== undefined) this.#states = withLast(this.#states, state);
    if (isNews) this.#onUnfilled();
    return state;
  };

  /** What a Redis said of itself that has no fill state any more: it lost everything. Undefined: it has one, or this process never saw one. */
  get lost(): readonly string[] | undefined {
    return this.#isUnfilled && this.#states.length > 0 ? this.#states : undefined;
  }
}
