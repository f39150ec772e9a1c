// A third of the lease that Redis gives.
const KEEP_EVERY_MS = 10_000;
/** Longer than one batch takes, whatever holds it up; a fill that hangs is not to keep others from filling for good. */
const LONGEST_STEP_MS = 300_000;

/** What a `FillLease` works with. */
export interface FillLeaseParts {
  /** Extends the lease; false: Redis has lost it. */
  keep(): Promise<boolean>;
  /** The lease is lost. */
  onLost(): void;
}

/**
 * The lease of a fill, which is extended by time and not with each batch: a batch whose rows somebody has locked, or that goes over a slow
 * line, takes longer than a lease. The fill would begin anew then, and meet the same batch.
 */
export class FillLease {
  readonly #parts: FillLeaseParts;
  readonly #timer: NodeJS.Timeout;
  #steppedAt = performance.now();

  constructor(parts: FillLeaseParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#turn(), KEEP_EVERY_MS);
    this.#timer.unref();
  }

  /** A batch is done. */
  stepped(): void {
    this.#steppedAt = performance.now();
    this.#keep();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #turn(): void {
    if (performance.now() - this.#steppedAt < LONGEST_STEP_MS) this.#keep();
  }

  #keep(): void {
    const { keep, onLost } = this.#parts;
    // Where Redis does not answer, the next turn asks again: it is lost only where Redis says so, or once it is over.
    keep().then(
      kept => kept || onLost(),
      () => undefined,
    );
  }
}
