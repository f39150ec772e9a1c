/** Tells that Redis was never filled, or lost everything: once, and again where it was filled meanwhile. */
export class FillNews {
  readonly #onUnfilled: () => void;
  #isUnfilled = false;

  constructor(onUnfilled: () => void = () => undefined) {
    this.#onUnfilled = onUnfilled;
  }

  /** Redis has answered with its fill state, which is given back; undefined: it has none. */
  readonly saw = (state: string | undefined): string | undefined => {
    const isNews = state === undefined && !this.#isUnfilled;
    this.#isUnfilled = state === undefined;
    if (isNews) this.#onUnfilled();
    return state;
  };
}
