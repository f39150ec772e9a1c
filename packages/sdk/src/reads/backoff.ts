import type { TenantryError } from '@tenantry/protocol';

/** Options of `Backoff`, all from the client's. */
export interface BackoffOptions {
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly clock: () => number;
  readonly random: () => number;
}

/** After a failure, asks Redis no more for a while. Callers get the same error at once meanwhile. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #until = 0;
  #error: TenantryError | undefined;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The error to fail with now, if any. */
  get error(): TenantryError | undefined {
    return this.remainingMs > 0 ? this.#error : undefined;
  }

  get remainingMs(): number {
    return this.#error ? Math.max(0, this.#until - this.#options.clock()) : 0;
  }

  failed(error: TenantryError): void {
    const { backoffMs, maxBackoffMs, clock, random } = this.#options;
    // Half of it is random, so that readers that failed together do not come back together.
    const delay = Math.min(maxBackoffMs, backoffMs * 2 ** this.#failures++) * (0.5 + random() / 2);
    this.#error = error;
    this.#until = clock() + delay;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#error = undefined;
  }
}
